// Streams of the server, of the client, and both in one call.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { Subject } from "@microsoft/signalr";
import { collect, connect as connectTo, failsWith, inbox, itemsOf, streamOf, within } from "./client.mjs";
import { conformanceServer } from "./server.mjs";
import { forEachWay } from "./ways.mjs";

const server = await conformanceServer();
after(() => server.stop());

const BROKEN = "An error occurred on the server while streaming results.";

forEachWay("streams of the server", (way) => {
  const connect = (t, path = "/wire") => connectTo(t, server.url + path, way.connecting);

  const whole = [
    ["Counter", [0, 0], []],
    ["Counter", [5, 0], [0, 1, 2, 3, 4]],
    ["Counter", [4, 10], [0, 1, 2, 3]],
    ["CounterText", [3], ["item 0", "item 1", "item 2"]],
    ["Counter", [1_000, 0], [...Array(1_000).keys()]],
  ];
  for (const [method, args, items] of whole) {
    test(`${method}(${args}) streams ${items.length} items in order`, async (t) => {
      assert.deepEqual(await collect(await connect(t), method, ...args), { items });
    });
  }

  const failing = [
    ["StreamFail", [2], [0, 1], BROKEN],
    ["StreamFailHub", [2], [0, 1], `${BROKEN} HubException: stream refused`],
    ["StreamFailHub", [0], [], `${BROKEN} HubException: stream refused`],
    ["StreamThrowsAtOnce", [], [], "An unexpected error occurred invoking 'StreamThrowsAtOnce' on the server."],
    ["Counter", ["many", 0], [], "Failed to invoke 'Counter' due to an error on the server."],
    ["NoSuchStream", [], [], "Failed to invoke 'NoSuchStream' due to an error on the server. HubException: Method does not exist."],
    ["Echo", ["x"], [], "The client attempted to invoke the non-streaming 'Echo' method with a streaming invocation."],
  ];
  for (const [method, args, items, error] of failing) {
    test(`${method}(${args}) fails after ${items.length} items`, async (t) => {
      const connection = await connect(t);
      assert.deepEqual(await collect(connection, method, ...args), { items, error });
      assert.equal(await connection.invoke("Echo", "alive"), "alive");
    });
  }

  test("detailed errors tell why a stream broke", async (t) => {
    const { error } = await collect(await connect(t, "/wire-detailed"), "StreamFail", 1);
    assert.equal(error, `${BROKEN} InvalidOperationException: stream broke`);
  });

  test("a stream cannot be had by a plain call", async (t) => {
    await failsWith(
      (await connect(t)).invoke("Counter", 1, 0),
      "The client attempted to invoke the streaming 'Counter' method with a non-streaming invocation.",
    );
  });

  test("a stream that is cancelled ends, and the hub knows", async (t) => {
    const connection = await connect(t);
    const cancelled = inbox(connection, "StreamCanceled");
    await firstItems(connection.stream("Infinite"), 3);
    await cancelled.next();
    assert.equal(await connection.invoke("Echo", "alive"), "alive");
  });

  test("several streams run at once, and calls between them", async (t) => {
    const connection = await connect(t);
    const streams = [collect(connection, "Counter", 20, 5), collect(connection, "Counter", 10, 10), collect(connection, "StreamFail", 3)];
    assert.equal(await connection.invoke("Echo", "between"), "between");
    const [long, short, broken] = await Promise.all(streams);
    assert.deepEqual([long.items.length, short.items.length, broken], [20, 10, { items: [0, 1, 2], error: BROKEN }]);
  });

  test("a client may leave in the middle of a stream", async (t) => {
    const [watcher, connection] = [await connect(t), await connect(t)];
    const left = inbox(watcher, "Left");
    await watcher.invoke("Join", "watchers");
    const id = connection.connectionId;
    const stream = itemsOf(connection.stream("Infinite"));
    await connection.stop();
    assert.deepEqual(await left.next(), [id, null]);
    assert.match((await stream).error, /connection being closed/);
  });
});

forEachWay("streams of the client", (way) => {
  const connect = (t, path = "/wire") => connectTo(t, server.url + path, way.connecting);

  // Each item is a request of its own where the transport is not a socket.
  for (const count of [0, 1, way.transport === "WebSockets" ? 1_000 : 100]) {
    test(`${count} items arrive`, async (t) => {
      const numbers = [...Array(count).keys()];
      const sum = numbers.reduce((left, right) => left + right, 0);
      assert.equal(await (await connect(t)).invoke("Sum", streamOf(numbers)), sum);
    });
  }

  test("two streams and a plain argument in one call", async (t) => {
    const connection = await connect(t);
    assert.equal(await concat(connection, "> ", streamOf(["a", "b"]), streamOf(["c", "d"])), "> ab/cd");
  });

  test("a hub reads them in its own order, while the client writes in another", async (t) => {
    const connection = await connect(t);
    const [first, second] = [new Subject(), new Subject()];
    const result = concat(connection, "", first, second);
    second.next("2");
    second.complete();
    assert.equal(await connection.invoke("Echo", "meanwhile"), "meanwhile");
    first.next("1");
    first.complete();
    assert.equal(await result, "1/2");
  });

  test("a stream that fails is the hub's to handle", async (t) => {
    const connection = await connect(t);
    const failing = new Subject();
    const result = concat(connection, "", streamOf(["a"]), failing);
    failing.error("lost");
    await failsWith(result, "An unexpected error occurred invoking 'Concat' on the server. HubException: upload failed: lost");
  });

  test("an item of the wrong type fails the stream, not the connection", async (t) => {
    const connection = await connect(t);
    await assert.rejects(connection.invoke("Sum", streamOf([1, "two"])), /^Error: An unexpected error occurred invoking 'Sum' on the server\./);
    assert.equal(await connection.invoke("Echo", "alive"), "alive");
  });

  test("the hub may stop reading", async (t) => {
    const connection = await connect(t);
    const numbers = new Subject();
    const result = connection.invoke("FirstOnly", numbers);
    numbers.next(7);
    assert.equal(await result, 7);
    for (let number = 0; number < 20; number++) numbers.next(number);
    numbers.complete();
    await othersSent(connection, 20);
  });

  test("a call with a stream may want no answer", async (t) => {
    const connection = await connect(t);
    await connection.send("Sum", streamOf([1, 2, 3]));
    await othersSent(connection, 3);
  });

  test("a client may leave in the middle of its stream", async (t) => {
    const [watcher, connection] = [await connect(t), await connect(t)];
    const left = inbox(watcher, "Left");
    await watcher.invoke("Join", "watchers");
    const id = connection.connectionId;
    const numbers = new Subject();
    const result = assert.rejects(connection.invoke("Sum", numbers), /connection being closed/);
    numbers.next(1);
    await othersSent(connection, 1);
    await connection.stop();
    await result;
    assert.deepEqual(await left.next(), [id, null]);
  });
});

forEachWay("streams both ways", (way) => {
  const connect = (t, path = "/wire") => connectTo(t, server.url + path, way.connecting);

  test("every item comes back", async (t) => {
    const texts = Array.from({ length: 100 }, (_, index) => `text ${index}`);
    assert.deepEqual(await collect(await connect(t), "EchoStream", streamOf(texts)), { items: texts });
  });

  test("an item comes back before the next is sent", async (t) => {
    const connection = await connect(t);
    const texts = new Subject();
    const echoed = [];
    const ended = new Promise((resolve, reject) => {
      const next = (text) => {
        echoed.push(text);
        if (echoed.length === 5) texts.complete();
        else texts.next(`${echoed.length}`);
      };
      connection.stream("EchoStream", texts).subscribe({ next, complete: resolve, error: reject });
    });
    texts.next("0");
    await within(ended, "the end of the stream");
    assert.deepEqual(echoed, ["0", "1", "2", "3", "4"]);
  });

  test("buffers of two items lose nothing", async (t) => {
    const texts = Array.from({ length: 50 }, (_, index) => `text ${index}`);
    assert.deepEqual(await collect(await connect(t, "/wire-small"), "EchoStream", streamOf(texts)), { items: texts });
  });

  test("an error of the client's stream ends the hub's", async (t) => {
    const connection = await connect(t);
    const texts = new Subject();
    const stream = collect(connection, "EchoStream", texts);
    texts.next("a");
    texts.error("lost");
    const { items, error } = await stream;
    assert.deepEqual(items, ["a"]);
    assert.match(error, new RegExp(`^${BROKEN}`));
  });
});

/** Calls Concat. The client misses the second of two streams in a row; their place among the others is free. */
function concat(connection, prefix, first, second) {
  return connection.invoke("Concat", first, prefix, second);
}

/** Waits until streams of up to `count` items are sent: items go out one by one, so a longer stream ends later. */
async function othersSent(connection, count) {
  const sum = count + 3;
  assert.equal(await connection.invoke("Sum", streamOf(Array(sum).fill(1))), sum);
}

/** Cancels `stream` after its first items, and fails if it ends before. */
function firstItems(stream, count) {
  const items = [];
  const enough = new Promise((resolve, reject) => {
    const subscription = stream.subscribe({
      next: (item) => {
        items.push(item);
        if (items.length < count) return;
        subscription.dispose();
        resolve();
      },
      complete: () => reject(new Error("the stream ended")),
      error: reject,
    });
  });
  return within(enough, `${count} items`);
}
