// Everything that a proxy could break, through nginx.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { HttpTransportType, Subject } from "@microsoft/signalr";
import { client, collect, connect as connectTo, inbox, streamOf, within } from "./client.mjs";
import { startNginx } from "./nginx.mjs";
import { conformanceServer } from "./server.mjs";
import { forEachWay } from "./ways.mjs";

const server = await conformanceServer();
after(() => server.stop());
const nginx = await startNginx(server);
after(() => nginx.stop());
const hub = `${nginx.url}/wire`;

forEachWay("through nginx", (way) => {
  const connect = (t, url = hub, options) => connectTo(t, url, { ...way.connecting, ...options });

  test("a connection takes the transport that the client chose", async (t) => {
    const { Transport, transport = Transport } = await (await connect(t)).invoke("WhoAmI");
    assert.equal(transport, way.transport);
  });

  test("the server knows of the proxy by its headers", async (t) => {
    const connection = await connect(t, hub, { headers: { "X-Forwarded-For": "192.0.2.7" } });
    assert.equal(await connection.invoke("Header", "X-Forwarded-For"), "192.0.2.7, 127.0.0.1");
    assert.equal(await connection.invoke("Header", "X-Forwarded-Proto"), "http");
    assert.equal(await connection.invoke("Header", "Host"), new URL(nginx.url).host);
  });

  test("a call is answered", async (t) => {
    const text = "quote \" backslash \\ ünïcödé 🎈 \u001e";
    assert.equal(await (await connect(t)).invoke("Echo", text), text);
  });

  test("a stream of the server arrives whole", async (t) => {
    const items = [...Array(200).keys()];
    assert.deepEqual(await collect(await connect(t), "Counter", 200, 0), { items });
  });

  test("a stream of the client arrives whole", async (t) => {
    assert.equal(await (await connect(t)).invoke("Sum", streamOf(Array(100).fill(2))), 200);
  });

  test("an item comes back before the next is sent", async (t) => {
    const connection = await connect(t);
    assert.deepEqual(await turns(connection, 5), ["0", "1", "2", "3", "4"]);
  });

  test("the server's messages reach whom they are for", async (t) => {
    const [direct, proxied] = [await connect(t, `${server.url}/wire`), await connect(t)];
    await proxied.invoke("Join", "red");
    await direct.invoke("ToGroup", "red", "for a group");
    await direct.invoke("ToClient", proxied.connectionId, "for one");
    assert.deepEqual(await proxied.inbox.take(2), ["for a group", "for one"]);
  });

  test("large messages pass in both directions", async (t) => {
    const connection = await connect(t);
    const text = "x".repeat(32_000);
    assert.equal(await connection.invoke("Echo", text), text);
    assert.equal(await connection.invoke("Big", 2_000_000), "x".repeat(2_000_000));
  });

  test("200 messages of the server keep their order", async (t) => {
    const connection = await connect(t);
    await connection.invoke("Burst", 200);
    assert.deepEqual(await connection.inbox.take(200), texts(200));
  });

  test("200 messages of the client keep their order", async (t) => {
    const [sender, receiver] = [await connect(t), await connect(t)];
    for (const text of texts(200)) sender.send("ToClient", receiver.connectionId, text);
    assert.deepEqual(await receiver.inbox.take(200), texts(200));
  });

  test("the server ends a connection", async (t) => {
    const connection = await connect(t);
    await connection.send("Abort");
    assert.equal(await within(connection.closed, "the close"), undefined);
  });

  test("the server knows when a client leaves", async (t) => {
    const [watcher, connection] = [await connect(t), await connect(t)];
    const left = inbox(watcher, "Left");
    await watcher.invoke("Join", "watchers");
    const id = connection.connectionId;
    await connection.stop();
    assert.deepEqual(await left.next(), [id, null]);
  });

  test("an idle connection outlives a proxy that waits no longer than the server is silent", async (t) => {
    const hasty = await startNginx(server, { "proxy_read_timeout 100s": "proxy_read_timeout 2s" });
    t.after(() => hasty.stop());
    // Both say something each second: there pings, here polls that end.
    const path = way.transport === "LongPolling" ? "/wire-lp-fast" : "/wire-fast";
    const connection = client(t, hasty.url + path, { ...way.connecting, keepAlive: 500 });
    await connection.start();
    assert.equal(await Promise.race([connection.closed, sleep(4_000, "alive")]), "alive");
    assert.equal(await connection.invoke("Echo", "still here"), "still here");
  });
});

describe("what the guide warns of", () => {
  test("nginx's defaults hold Server-Sent Events back", async (t) => {
    const changes = { "proxy_buffering off": "proxy_buffering on", "proxy_http_version 1.1": "proxy_http_version 1.0" };
    const defaults = await startNginx(server, changes);
    t.after(() => defaults.stop());
    assert.equal(await beginning(nginx), ":\r\n");
    await assert.rejects(beginning(defaults), { name: "TimeoutError" });
  });

  test("a proxy that waits less long than a poll ends long polling", async (t) => {
    const hasty = await startNginx(server, { "proxy_read_timeout 100s": "proxy_read_timeout 1s" });
    t.after(() => hasty.stop());
    const connection = await connectTo(t, `${hasty.url}/wire`, { transport: HttpTransportType.LongPolling });
    assert.match((await within(connection.closed, "the close")).message, /Status code '504'/);
  });
});

/** What comes back of numbers each of which is sent when the one before has come back. */
async function turns(connection, count) {
  const [numbers, echoed] = [new Subject(), []];
  const ended = new Promise((resolve, reject) => {
    const next = (text) => {
      echoed.push(text);
      if (echoed.length === count) numbers.complete();
      else numbers.next(`${echoed.length}`);
    };
    connection.stream("EchoStream", numbers).subscribe({ next, complete: resolve, error: reject });
  });
  numbers.next("0");
  await within(ended, "the end of the stream");
  return echoed;
}

/** What `proxy` passes on of a stream of events before the client says something. */
async function beginning(proxy) {
  const negotiated = await fetch(`${proxy.url}/wire/negotiate?negotiateVersion=1`, { method: "POST" });
  const { connectionToken } = await negotiated.json();
  const request = { headers: { Accept: "text/event-stream" }, signal: AbortSignal.timeout(2_000) };
  const stream = (await fetch(`${proxy.url}/wire?id=${connectionToken}`, request)).body.getReader();
  const { value } = await stream.read();
  await stream.cancel();
  return new TextDecoder().decode(value);
}

function texts(count) {
  return Array.from({ length: count }, (_, index) => `${index}`);
}
