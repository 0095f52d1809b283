// Compressed messages over WebSockets: what the client's own WebSocket offers, unless it is told not to.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import WebSocket from "ws";
import { client, collect, streamOf, within } from "./client.mjs";
import { startProxy } from "./proxy.mjs";
import { conformanceServer } from "./server.mjs";
import { COMMON, WAYS, forEachWay } from "./ways.mjs";

const server = await conformanceServer();
after(() => server.stop());
const hub = `${server.url}/wire-compressed`;

const AGREED = "permessage-deflate";
const LONG = Array.from({ length: 400 }, (_, n) => `{"id":${n},"größe":${(n * 7919) % 1000}}`).join(",");
const NOISE = Array.from({ length: 4_000 }, (_, n) => String.fromCodePoint(0x4e00 + ((n * n * 7919) % 20_000))).join("");

const SOCKETS = WAYS.filter((way) => way.transport === "WebSockets");

forEachWay("compression", (way) => {
  test("is agreed upon, and short and long texts come back", async (t) => {
    const { connection, socket } = await connect(t, way);
    assert.equal(socket().extensions, AGREED);
    for (const text of ["", "short", "x".repeat(1_024), LONG, NOISE, "x".repeat(30_000)]) {
      assert.equal(await connection.invoke("Echo", text), text);
    }
  });

  test("makes long messages shorter, both ways", async (t) => {
    const { connection, socket } = await connect(t, way);
    const before = traffic(socket());
    for (let n = 0; n < 10; n++) assert.equal(await connection.invoke("Echo", LONG), LONG);
    const { read, written } = traffic(socket());
    assert.ok(read - before.read < 5 * LONG.length, `${read - before.read} bytes read`);
    assert.ok(written - before.written < 5 * LONG.length, `${written - before.written} bytes written`);
    assert.equal(await connection.invoke("Big", 2_000_000), "x".repeat(2_000_000));
    assert.ok(traffic(socket()).read - read < 20_000);
  });

  test("goes with streams of both sides", async (t) => {
    const { connection } = await connect(t, way);
    const texts = Array.from({ length: 50 }, (_, n) => `${n}${LONG}`);
    assert.deepEqual(await collect(connection, "EchoStream", streamOf(texts)), { items: texts });
  });

  test("is for those who offer it, and others read the same messages", async (t) => {
    const compressed = await Promise.all([1, 2, 3].map(() => connect(t, way)));
    const plain = await Promise.all([1, 2, 3].map(() => connect(t, way, { perMessageDeflate: false })));
    const all = [...compressed, ...plain];
    assert.deepEqual(all.map(({ socket }) => socket().extensions), [AGREED, AGREED, AGREED, "", "", ""]);
    await plain[0].connection.invoke("ToAll", LONG);
    for (const { connection } of all) assert.equal(await connection.inbox.next(), LONG);
  });

  test("does not make too large a message small enough", async (t) => {
    const { connection } = await connect(t, way);
    await assert.rejects(connection.invoke("Echo", "x".repeat(33_000)), Error);
    assert.match((await within(connection.closed, "the close")).message, /Connection closed with an error\.$/);
  });
}, SOCKETS);

describe("compression", () => {
  test("outlives a lost socket", async (t) => {
    const proxy = await startProxy(server.url);
    t.after(() => proxy.close());
    const { connection, socket } = await connect(t, COMMON, {}, { stateful: true, url: `${proxy.url}/wire-compressed` });
    const { connection: other } = await connect(t, COMMON);
    const first = socket();
    proxy.cut();
    const texts = Array.from({ length: 5 }, (_, n) => `${n}${LONG}`);
    for (const text of texts) await other.invoke("ToClient", connection.connectionId, text);
    assert.deepEqual(await connection.inbox.take(texts.length), texts);
    assert.notEqual(socket(), first);
    assert.equal(socket().extensions, AGREED);
  });

  test("is off unless it is switched on", async (t) => {
    const { connection, socket } = await connect(t, COMMON, {}, { url: `${server.url}/wire` });
    assert.equal(socket().extensions, "");
    assert.equal(await connection.invoke("Echo", LONG), LONG);
  });
});

/** A started connection, and a function that gives its latest WebSocket, which has these options. */
async function connect(t, way, options = {}, { url = hub, ...connecting } = {}) {
  let latest;
  class Watched extends WebSocket {
    constructor(address, protocols, given) {
      super(address, protocols, { ...given, ...options });
      latest = this;
    }
  }
  const connection = client(t, url, { ...way.connecting, ...connecting, WebSocket: Watched });
  await connection.start();
  await connection.invoke("Nothing");
  return { connection, socket: () => latest };
}

/** How much went over a WebSocket. */
function traffic({ _socket: { bytesRead: read, bytesWritten: written } }) {
  return { read, written };
}
