// Two windows of the chat example in a real browser.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { startProxy } from "../interop/proxy.mjs";
import { launch } from "../interop/server.mjs";
import { openBrowser } from "./browser.mjs";

const pictures = process.env.BUILD_DIR ?? fileURLToPath(new URL("../../target/browser", import.meta.url));

describe("two windows of the chat", () => {
  let browser, program, proxy, ann, bob;

  before(async () => {
    program = launch("CHAT", "--urls", "http://127.0.0.1:0");
    const address = await program.address();
    proxy = await startProxy(address);
    browser = await openBrowser();
    ann = await openWindow(browser, address);
    bob = await openWindow(browser, proxy.url); // so that the test can cut bob off
  });

  after(async () => {
    await browser?.close();
    proxy?.close();
    await program?.stop();
  });

  test("both join a room and see who is here", async () => {
    await ann.join("ann", "garden");
    await ann.sees("You joined garden");
    await bob.join("bob", "garden");
    await ann.sees("bob joined");
    for (const window of [ann, bob]) assert.deepEqual(await window.people(), window.named("ann", "bob"));
  });

  test("what one says, both read", async () => {
    await ann.say("hello from ann");
    await bob.sees("hello from ann");
    await bob.say("<b>hello</b> & from bob");
    await ann.sees("<b>hello</b> & from bob");
    await ann.sees("hello from ann");
  });

  test("a private message reaches its addressee alone", async () => {
    const cid = await openWindow(browser, await program.address());
    await cid.join("cid", "garden");
    await bob.sees("cid joined");
    await bob.say("psst", "ann");
    await ann.sees("psst");
    await bob.sees("psst");
    await bob.say("for everyone", "");
    await cid.sees("for everyone");
    assert.equal(await cid.count("psst"), 0);
    await cid.close();
    await ann.sees("cid left");
  });

  test("another room is out of earshot", async () => {
    const dora = await openWindow(browser, await program.address());
    await dora.join("dora", "kitchen");
    await ann.say("only in the garden");
    await bob.sees("only in the garden");
    await dora.say("only in the kitchen");
    await dora.sees("only in the kitchen");
    assert.equal(await dora.count("only in the garden"), 0);
    assert.equal(await ann.count("only in the kitchen"), 0);
    await dora.close();
  });

  test("a name can be taken only once in a room", async () => {
    const other = await openWindow(browser, await program.address());
    await other.join("ann", "garden");
    await other.page.locator("#refusal", { hasText: "ann" }).waitFor();
    assert.equal(await other.page.locator("#chat").isVisible(), false);
    await other.close();
  });

  test("a window that was cut off comes back to its room", async () => {
    assert.equal(await bob.state(), "connected");
    proxy.cut();
    await ann.sees("bob left");
    await bob.sees("You joined garden", 2);
    assert.equal(await bob.state(), "connected");
    await bob.say("bob is back");
    await ann.sees("bob is back");
    assert.deepEqual(await ann.people(), ann.named("ann", "bob"));
  });

  test("nothing went wrong on the pages, and this is how they look", async () => {
    for (const window of [ann, bob]) assert.deepEqual(window.errors, []);
    await picture(browser, [ann, bob], `${pictures}/chat.png`);
  });

  test("one who leaves is announced, and the program ends on request", async () => {
    await bob.page.getByRole("button", { name: "Leave the room" }).click();
    await bob.page.getByRole("heading", { name: "Come in" }).waitFor();
    await ann.sees("bob left", 2);
    assert.deepEqual(await ann.people(), ann.named("ann"));
    assert.equal(await program.stop(), 0);
    await ann.page.locator("#state[data-state=reconnecting]").waitFor();
  });
});

async function openWindow(browser, address) {
  const context = await browser.newContext({ viewport: { width: 880, height: 640 } });
  context.setDefaultTimeout(20_000);
  const page = await context.newPage();
  const window = new Window(page);
  await page.goto(address);
  return window;
}

/** One person's window, used as a person would: by labels and what is to be read. */
class Window {
  errors = [];

  constructor(page) {
    this.page = page;
    page.on("pageerror", (error) => this.errors.push(error.message));
  }

  async join(name, room) {
    this.name = name;
    await this.page.getByLabel("Your name").fill(name);
    await this.page.getByLabel("Room", { exact: true }).fill(room);
    await this.page.getByRole("button", { name: "Join" }).click();
  }

  async say(text, to) {
    if (to !== undefined) await this.page.getByLabel("To", { exact: true }).selectOption(to);
    await this.page.getByLabel("Message", { exact: true }).fill(text);
    await this.page.getByRole("button", { name: "Send" }).click();
  }

  /** Waits until `text` is to be read for the `times`th time. */
  sees(text, times = 1) {
    return this.#entries(text).nth(times - 1).waitFor();
  }

  count(text) {
    return this.#entries(text).count();
  }

  people() {
    return this.page.locator("#people button").allTextContents();
  }

  /** `names` as this window lists them. */
  named(...names) {
    return names.map((name) => (name === this.name ? `${name} (you)` : name));
  }

  state() {
    return this.page.locator("#state").getAttribute("data-state");
  }

  close() {
    return this.page.context().close();
  }

  #entries(text) {
    return this.page.getByRole("log").locator("li", { hasText: text });
  }
}

/** Writes one picture of all `windows`, side by side. */
async function picture(browser, windows, path) {
  mkdirSync(pictures, { recursive: true });
  const shots = await Promise.all(windows.map(({ page }) => page.screenshot()));
  const images = shots.map((shot) => `<img src="data:image/png;base64,${shot.toString("base64")}">`);
  const page = await browser.newPage({ viewport: { width: 910 * windows.length, height: 680 } });
  await page.setContent(`<body style="display:flex;gap:20px;margin:20px;background:#888">${images.join("")}`);
  await page.screenshot({ path });
  await page.close();
}
