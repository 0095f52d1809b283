// Runs the server programs that the tests talk to.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

const STARTING = 30_000;
const STOPPING = 15_000;

/** Programs that end with this one, whatever happens. */
const running = new Set();
process.on("exit", () => running.forEach((program) => program.kill("SIGKILL")));

/** Starts the program whose path is in the environment variable `variable`. */
export function launch(variable, ...args) {
  const path = process.env[variable];
  assert.ok(path, `${variable} must be the path of the built program, e.g. ${variable}=../../target/debug/NAME npm test`);
  return new Program(path, args);
}

/** Starts the conformance server and waits until it answers. */
export async function conformanceServer(port) {
  port ??= await freePort();
  const url = `http://127.0.0.1:${port}`;
  const program = launch("CONFORMANCE_SERVER", "--urls", url);
  await program.until(() => answers(`${url}/healthz`), `an answer of ${url}/healthz`);
  return { url, port, program, stop: () => program.stop() };
}

/** A program that runs, and ends with this one. */
export class Program {
  #process;
  #exited;
  output = "";

  constructor(path, args) {
    this.#process = spawn(path, args, { stdio: ["pipe", "pipe", "pipe"] });
    this.#process.stdin.on("error", () => {}); // nobody reads any more
    this.#exited = once(this.#process, "exit");
    this.#exited.catch(() => {}); // a program that cannot be started is reported by `until`
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      stream.on("data", (text) => (this.output += text));
    }
    running.add(this.#process);
    this.#process.on("exit", () => running.delete(this.#process));
  }

  /** Waits for `condition` to give something, and gives it back. */
  async until(condition, what) {
    for (const deadline = Date.now() + STARTING; Date.now() < deadline; await sleep(20)) {
      const found = await condition();
      if (found) return found;
      if (this.#process.exitCode !== null || !this.#process.pid) break;
    }
    await this.stop();
    throw new Error(`waited for ${what}; the program printed:\n${this.output}`);
  }

  /** The address in the program's output. */
  async address() {
    const [address] = await this.until(() => this.output.match(/http:\/\/[\d.]+:\d+/), "a printed address");
    return address;
  }

  /** Waits until the program has printed `text`. */
  prints(text) {
    return this.until(() => this.output.includes(text), `the output "${text}"`);
  }

  /** Gives the program a line to read. */
  type(line) {
    this.#process.stdin.write(`${line}\n`);
  }

  /** Waits until the program has ended by itself, and gives its exit code. */
  async ended() {
    const [code] = await this.#exited;
    return code;
  }

  /** Asks the program to end and gives its exit code; `null` if it had to be killed. */
  async stop() {
    if (!this.#process.pid) return null;
    this.#process.kill("SIGTERM");
    const timer = setTimeout(() => this.#process.kill("SIGKILL"), STOPPING);
    const [code] = this.#process.exitCode === null && this.#process.signalCode === null ? await this.#exited : [this.#process.exitCode];
    clearTimeout(timer);
    return code;
  }
}

/** Whether the conformance server can be reached at `url`. */
export async function answers(url) {
  try {
    return (await (await fetch(url)).text()) === "ok";
  } catch {
    return false;
  }
}

/** A port of this machine that nobody listens to. */
export async function freePort() {
  const listener = createServer().listen(0, "127.0.0.1");
  await once(listener, "listening");
  const { port } = listener.address();
  listener.close();
  await once(listener, "close");
  return port;
}
