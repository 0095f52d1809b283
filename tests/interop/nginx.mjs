// nginx as a reverse proxy, configured as the guide says.
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Program, answers, freePort } from "./server.mjs";

const PATH = process.env.NGINX ?? "/usr/sbin/nginx";
const GUIDE = new URL("../../docs/guide/reverse-proxies.md", import.meta.url);

/** Starts nginx before `server`; `changes` are texts of the guide's configuration with what stands in their place. */
export async function startNginx(server, changes = {}) {
  const [folder, port] = [await mkdtemp(join(tmpdir(), "nginx-")), await freePort()];
  const addresses = { "127.0.0.1:5000": `127.0.0.1:${server.port}`, "listen 80": `listen 127.0.0.1:${port}` };
  await writeFile(join(folder, "nginx.conf"), wholeConfiguration(await guided({ ...addresses, ...changes })));

  const url = `http://127.0.0.1:${port}`;
  const program = new Program(PATH, ["-e", "stderr", "-p", folder, "-c", "nginx.conf"]);
  const stop = async () => {
    await program.stop();
    await rm(folder, { recursive: true });
  };
  await program.until(() => answers(`${url}/healthz`), `an answer through ${PATH}`);
  return { url, stop };
}

/** The configuration in the guide, changed. */
async function guided(changes) {
  const [, lines] = (await readFile(GUIDE, "utf8")).match(/```nginx\n(.*?)```/s);
  return Object.entries(changes).reduce((text, [from, to]) => {
    assert.ok(text.includes(from), `the guide's configuration lacks "${from}"`);
    return text.replace(from, to);
  }, lines);
}

/** One process in the foreground that writes nowhere but into its own folder. */
function wholeConfiguration(http) {
  const folders = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((what) => `${what}_temp_path ${what};`);
  return `
    daemon off;
    master_process off;
    pid nginx.pid;
    events { worker_connections 1024; }
    http {
      access_log off;
      ${folders.join("\n      ")}
      ${http}
    }
  `;
}
