// The official client and the Rust client side by side: in one room of the chat example, and the telemetry example.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { client, inbox, within } from "./client.mjs";
import { startProxy } from "./proxy.mjs";
import { launch } from "./server.mjs";

describe("one room, two clients", () => {
  let chat, proxy, address;

  before(async () => {
    chat = launch("CHAT", "--urls", "http://127.0.0.1:0");
    address = await chat.address();
    proxy = await startProxy(address);
  });

  after(async () => {
    proxy?.close();
    await chat?.stop();
  });

  test("they see each other come and go, and read what is said and whispered", async (t) => {
    const ann = await guest(t, address, "ann", "garden");
    const terminal = open(t, `${address}/chathub`, "bob", "garden");
    await terminal.prints("* bob joined: ann, bob");
    assert.deepEqual(await ann.joined.next(), ["bob", ["ann", "bob"]]);

    await ann.connection.invoke("Say", "hello from JavaScript");
    await terminal.prints("ann: hello from JavaScript");
    terminal.type("hello from Rust");
    assert.deepEqual(await ann.said.next(), ["ann", "hello from JavaScript"]);
    assert.deepEqual(await ann.said.next(), ["bob", "hello from Rust"]);
    await terminal.prints("bob: hello from Rust");

    terminal.type("/w ann psst");
    assert.deepEqual(await ann.whispered.next(), ["bob", "ann", "psst"]);
    await terminal.prints("you, to ann alone: psst");
    await ann.connection.invoke("Whisper", "bob", "what?");
    await terminal.prints("ann, to you alone: what?");
    terminal.type("/w nobody psst");
    await terminal.prints("HubException: nobody is not here");

    terminal.type("/q");
    assert.equal(await within(terminal.ended(), "the end of the console"), 0);
    assert.match(terminal.output, /\* goodbye/);
    assert.deepEqual(await ann.left.next(), ["bob", ["ann"]]);
  });

  test("the Rust client comes back into its room when its connection is cut", async (t) => {
    const cid = await guest(t, address, "cid", "kitchen");
    const terminal = open(t, `${proxy.url}/chathub`, "dan", "kitchen");
    await terminal.prints("* dan joined: cid, dan");
    assert.deepEqual(await cid.joined.next(), ["dan", ["cid", "dan"]]);

    proxy.cut();
    await terminal.prints("* the connection is lost: reconnecting");
    await terminal.prints("* connected again");
    assert.deepEqual(await cid.joined.next(), ["dan", ["cid", "dan"]]);
    terminal.type("back again");
    assert.deepEqual(await cid.said.next(), ["dan", "back again"]);
  });

  test("the Rust client says why it cannot come in", async (t) => {
    await guest(t, address, "eve", "cellar");
    const terminal = open(t, `${address}/chathub`, "EVE", "cellar");
    assert.equal(await within(terminal.ended(), "the end of the console"), 1);
    assert.match(terminal.output, /The name EVE is taken in this room/);
    const lost = open(t, `${address}/nowhere`, "eve", "cellar");
    assert.equal(await within(lost.ended(), "the end of the console"), 1);
    assert.match(lost.output, /404/);
  });
});

test("readings stream up to a hub and down from it", async (t) => {
  const telemetry = launch("TELEMETRY");
  t.after(() => telemetry.stop());
  assert.equal(await within(telemetry.ended(), "the end of the telemetry"), 0);
  assert.equal(telemetry.output.match(/attic: +\d+\.\d °C/g).length, 20);
  assert.match(telemetry.output, /20 readings were uploaded, 15\.0 °C in the mean/);
});

/** The official client in a room, and what it hears there from now on. */
async function guest(t, address, name, room) {
  const connection = client(t, `${address}/chathub`);
  const [joined, left, said, whispered] = ["Joined", "Left", "Said", "Whispered"].map((call) => inbox(connection, call));
  await connection.start();
  await connection.invoke("Join", room, name, `key of ${name}`);
  assert.deepEqual(await joined.next(), [name, [name]]);
  return { connection, joined, left, said, whispered };
}

/** The Rust client in a terminal. */
function open(t, url, name, room) {
  const program = launch("CONSOLE", url, name, room);
  t.after(() => program.stop());
  return program;
}
