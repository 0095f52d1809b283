// Stateful reconnect: the socket is cut mid-stream, and nothing is lost.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Subject } from "@microsoft/signalr";
import { client, within } from "./client.mjs";
import { startProxy } from "./proxy.mjs";
import { conformanceServer } from "./server.mjs";

const server = await conformanceServer();
after(() => server.stop());

describe("stateful reconnect", () => {
  test("keeps the connection, its id, its groups and its items", async (t) => {
    const { connection, proxy } = await connect(t);
    const id = connection.connectionId;
    await connection.invoke("Join", "red");
    await connection.invoke("SetItem", "key", "value");
    await lose(proxy);
    assert.equal(await connection.invoke("GetItem", "key"), "value");
    await connection.invoke("ToGroup", "red", "still here");
    assert.equal(await connection.inbox.next(), "still here");
    assert.equal(connection.connectionId, id);
    assert.equal((await connection.invoke("WhoAmI")).connectionId, id);
  });

  test("loses nothing of a stream that is cut again and again", async (t) => {
    const { connection, proxy } = await connect(t);
    const items = [];
    const done = new Promise((complete, error) =>
      connection.stream("Counter", 120, 15).subscribe({ next: (item) => items.push(item), complete, error }),
    );
    for (let cuts = 0; cuts < 4; cuts++) {
      await sleep(300);
      await cut(connection, proxy);
    }
    await within(done, "the end of the stream");
    assert.deepEqual(items, Array.from({ length: 120 }, (_, n) => n));
  });

  test("loses and doubles no call, whenever the connection is cut", async (t) => {
    const { connection, proxy } = await connect(t);
    const cutting = (async () => {
      for (let cuts = 0; cuts < 5; cuts++) {
        await sleep(150);
        await cut(connection, proxy);
      }
    })();
    const sent = [];
    for (let n = 0; n < 150; n++) {
      sent.push(`${n}`);
      await connection.send("ToCaller", `${n}`);
      if (n % 10 === 0) await sleep(20);
    }
    await cutting;
    assert.deepEqual(await connection.inbox.take(sent.length), sent);
    assert.equal(await connection.invoke("Echo", "the end"), "the end");
    await connection.send("ToCaller", "last");
    assert.equal(await connection.inbox.next(), "last", "nothing came twice");
  });

  test("loses nothing of an upload", async (t) => {
    const { connection, proxy } = await connect(t);
    const subject = new Subject();
    const answer = connection.invoke("Sum", subject);
    let expected = 0;
    for (let n = 0; n < 40; n++) {
      expected += n;
      subject.next(n);
      if (n === 10 || n === 25) await lose(proxy);
      await sleep(5);
    }
    subject.complete();
    assert.equal(await within(answer, "the answer"), expected);
  });

  test("what others send while nobody is there arrives afterwards", async (t) => {
    const [{ connection, proxy }, other] = [await connect(t), await connect(t)];
    proxy.cut();
    const texts = ["one", "two", "three"];
    for (const text of texts) await other.connection.invoke("ToClient", connection.connectionId, text);
    assert.deepEqual(await connection.inbox.take(3), texts);
  });

  test("a stop is a stop", async (t) => {
    const { connection } = await connect(t);
    await connection.stop();
    assert.equal(await within(connection.closed, "the close"), undefined);
  });
});

/** A started connection through a proxy of its own; it may not reconnect in the usual way. */
async function connect(t) {
  const proxy = await startProxy(server.url);
  t.after(() => proxy.close());
  const connection = client(t, `${proxy.url}/wire-reconnect`, { stateful: true });
  await connection.start();
  await connection.invoke("Nothing");
  return { connection, proxy };
}

/** Cuts the connection, and waits until that is noticed. */
async function lose(proxy) {
  proxy.cut();
  await sleep(300);
}

/** Cuts the connection, and waits until it is back: the client tries only once. */
async function cut(connection, proxy) {
  proxy.cut();
  await within(connection.invoke("Nothing"), "the reconnect");
}
