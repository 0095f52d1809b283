// How connections end, come back, and are kept alive.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { HubConnectionState } from "@microsoft/signalr";
import { client, connect as connectTo, inbox, within } from "./client.mjs";
import { startProxy } from "./proxy.mjs";
import { conformanceServer } from "./server.mjs";
import { WAYS, forEachWay } from "./ways.mjs";

const server = await conformanceServer();
after(() => server.stop());
const hub = `${server.url}/wire`;
const AT_ONCE = Array(50).fill(100);
const PINGING = 500;

forEachWay("ending", (way) => {
  const connect = (t, url = hub, options) => connectTo(t, url, { ...way.connecting, ...options });

  test("abort closes the connection without an error, and not to be reconnected", async (t) => {
    const connection = await connect(t, hub, { reconnect: AT_ONCE });
    await connection.send("Abort");
    assert.equal(await within(connection.closed, "the close"), undefined);
  });

  test("a call that is not answered before the end fails", async (t) => {
    const connection = await connect(t);
    await assert.rejects(connection.invoke("Abort"), /underlying connection being closed/);
  });

  test("a client that stops leaves without an error", async (t) => {
    const [left, connection] = [await watch(t), await connect(t)];
    const id = connection.connectionId;
    await connection.stop();
    assert.deepEqual(await left.next(), [id, null]);
  });

  test("a server that is stopped closes its connections", async (t) => {
    const other = await conformanceServer();
    t.after(() => other.stop());
    const connection = await connect(t, `${other.url}/wire`);
    await other.stop();
    await within(connection.closed, "the close");
    assert.equal(connection.state, HubConnectionState.Disconnected);
  });
});

/** Long polling has no connection whose loss would tell of the client's. */
const SEEN = WAYS.filter(({ transport }) => transport !== "LongPolling");

forEachWay("a cut", (way) => {
  test("is noticed by both sides, without an error", async (t) => {
    const [left, proxy] = [await watch(t), await proxyTo(t, server)];
    const connection = await connectTo(t, `${proxy.url}/wire`, way.connecting);
    const id = connection.connectionId;
    proxy.cut();
    await within(connection.closed, "the close");
    assert.deepEqual(await left.next(), [id, null]);
  });
}, SEEN);

forEachWay("automatic reconnect", (way) => {
  test("after the connection was cut, with another id and without its groups", async (t) => {
    const proxy = await proxyTo(t, server);
    const connection = await connectTo(t, `${proxy.url}/wire`, { ...way.connecting, reconnect: AT_ONCE });
    await connection.invoke("Join", "red");
    const first = connection.connectionId;
    const pending = assert.rejects(connection.invoke("Slow", 10_000, "late"), Error);
    const back = reconnected(connection);
    proxy.cut();
    assert.notEqual(await back, first);
    await pending;
    await connection.invoke("ToGroup", "red", "lost");
    await connection.invoke("ToCaller", "end");
    assert.deepEqual(await connection.inbox.before("end"), []);
  });

  test("in the middle of a stream, which fails", async (t) => {
    const proxy = await proxyTo(t, server);
    const connection = await connectTo(t, `${proxy.url}/wire`, { ...way.connecting, reconnect: AT_ONCE });
    const back = reconnected(connection);
    const failed = new Promise((resolve, reject) => {
      const complete = () => reject(new Error("the stream ended"));
      connection.stream("Infinite").subscribe({ next: (number) => number === 3 && proxy.cut(), error: resolve, complete });
    });
    await Promise.all([within(failed, "the stream's error"), back]);
    assert.equal(await connection.invoke("Echo", "back"), "back");
  });

  test("to a server that was started again", async (t) => {
    const before = await conformanceServer();
    const connection = await connectTo(t, `${before.url}/wire`, { ...way.connecting, reconnect: AT_ONCE });
    const back = reconnected(connection);
    await before.stop();
    const again = await conformanceServer(before.port);
    t.after(() => again.stop());
    await back;
    assert.equal(await connection.invoke("Echo", "back"), "back");
  });
});

describe("keep-alive", { concurrency: true }, () => {
  for (const way of WAYS) {
    test(`pings of both sides keep an idle connection, ${way.name}`, async (t) => {
      const connection = client(t, `${server.url}/wire-fast`, { ...way.connecting, keepAlive: PINGING });
      connection.serverTimeoutInMilliseconds = 3_000;
      await connection.start();
      const outcome = await Promise.race([connection.closed.then(() => "closed"), sleep(5_000, "alive")]);
      assert.equal(outcome, "alive");
      assert.equal(await connection.invoke("Echo", "still here"), "still here");
    });
  }

  for (const way of SEEN) {
    test(`a client whose pings stop is dropped, ${way.name}`, async (t) => {
      const [left, proxy] = [await watch(t, "/wire-fast"), await proxyTo(t, server)];
      const connection = await connectTo(t, `${proxy.url}/wire-fast`, { ...way.connecting, keepAlive: PINGING });
      const id = connection.connectionId;
      proxy.silenceClients(); // the client has pinged once: it does so when it starts
      const error = await within(connection.closed, "the close");
      assert.match(error.message, /^Server returned an error on close: Connection closed with an error\.$/);
      while ((await left.next())[0] !== id); // others leave at the same time
    });
  }

  test("polls that end without a message are no end of the connection", async (t) => {
    const polling = WAYS.filter(({ transport }) => transport === "LongPolling");
    const connections = await Promise.all(polling.map((way) => connectTo(t, `${server.url}/wire-lp-fast`, way.connecting)));
    await sleep(2_500);
    for (const connection of connections) assert.equal(await connection.invoke("Echo", "still here"), "still here");
  });
});

/** The departures from the hub at `path`. */
async function watch(t, path = "/wire") {
  const connection = await connectTo(t, server.url + path, { keepAlive: PINGING });
  await connection.invoke("Join", "watchers");
  return inbox(connection, "Left");
}

async function proxyTo(t, target) {
  const proxy = await startProxy(target.url);
  t.after(() => proxy.close());
  return proxy;
}

/** Waits until `connection` was lost and is back; gives its new id. */
async function reconnected(connection) {
  await within(new Promise((resolve) => connection.onreconnecting(resolve)), "the loss of the connection");
  return within(new Promise((resolve) => connection.onreconnected(resolve)), "the reconnect");
}
