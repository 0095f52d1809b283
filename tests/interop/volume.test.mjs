// Large messages, many messages, many connections.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { MessageType } from "@microsoft/signalr";
import { connect as connectTo, connectMany, inbox, within } from "./client.mjs";
import { conformanceServer } from "./server.mjs";
import { COMMON, forEachWay } from "./ways.mjs";

const server = await conformanceServer();
after(() => server.stop());
const hub = `${server.url}/wire`;

forEachWay("large messages", (way) => {
  const connect = (t, path = "/wire") => connectTo(t, server.url + path, way.connecting);

  for (const [path, limit] of [["/wire", 32_768], ["/wire-small", 1_024]]) {
    test(`${path} takes a message of ${limit} bytes`, async (t) => {
      const connection = await connect(t, path);
      const text = filling(way, limit);
      assert.equal(await connection.invoke("Echo", text), text);
    });

    test(`${path} closes the connection at one byte more`, async (t) => {
      const connection = await connect(t, path);
      await assert.rejects(connection.invoke("Echo", filling(way, limit + 1)), Error);
      const error = await within(connection.closed, "the close");
      assert.match(error.message, /Connection closed with an error\.$/);
    });
  }

  test("detailed errors name the limit", async (t) => {
    const connection = await connect(t, "/wire-detailed");
    await assert.rejects(connection.invoke("Echo", filling(way, 32_769)), /The maximum message size of 32768B was exceeded/);
  });

  test("what the server sends has no limit", async (t) => {
    assert.equal(await (await connect(t)).invoke("Big", 2_000_000), "x".repeat(2_000_000));
  });
});

forEachWay("many messages", (way) => {
  const numbers = Array.from({ length: 1_000 }, (_, index) => index);

  test("1,000 calls at once are all answered, in order", async (t) => {
    const connection = await connectTo(t, hub, way.connecting);
    const answers = [];
    await Promise.all(numbers.map(async (number) => answers.push(await connection.invoke("EchoInt", number))));
    assert.deepEqual(answers, numbers);
  });

  test("1,000 sends of a client arrive in order", async (t) => {
    const [sender, receiver] = await connectMany(t, hub, 2, way.connecting);
    for (const number of numbers) sender.send("ToClient", receiver.connectionId, `${number}`);
    assert.deepEqual(await receiver.inbox.take(1_000), numbers.map(String));
  });

  test("1,000 sends of the server come before its answer, in order", async (t) => {
    const connection = await connectTo(t, hub, way.connecting);
    assert.equal(await connection.invoke("Burst", 1_000), 1_000);
    await connection.invoke("ToCaller", "end");
    assert.deepEqual(await connection.inbox.before("end"), numbers.map(String));
  });
});

forEachWay("300 connections at once", (way) => {
  // A poll carries few messages, so there are fewer where a message costs a request.
  const senders = way === COMMON ? 300 : 30;

  test(`hear ${senders} messages to all`, async (t) => {
    const watcher = await connectTo(t, hub);
    const left = inbox(watcher, "Left");
    await watcher.invoke("Join", "watchers");

    const crowd = await connectMany(t, hub, 300, way.connecting);
    const ids = crowd.map((connection) => connection.connectionId);
    assert.equal(new Set(ids).size, 300);
    const echoes = await Promise.all(crowd.map((connection, index) => connection.invoke("EchoInt", index)));
    assert.deepEqual(echoes, [...crowd.keys()]);

    await Promise.all(crowd.slice(0, senders).map((connection) => connection.invoke("ToAll", "m")));
    await Promise.all(crowd.map(async ({ inbox }) => assert.deepEqual(await inbox.take(senders), Array(senders).fill("m"))));

    await Promise.all(crowd.map((connection) => connection.stop()));
    const gone = (await left.take(300)).map(([id]) => id);
    assert.deepEqual(gone.sort(), ids.sort());
  });
});

/** A text that makes a call of Echo, with an id of one digit, a message of `size` bytes. */
function filling({ connecting, binary }, size) {
  const call = (text) => ({ type: MessageType.Invocation, invocationId: "0", target: "Echo", arguments: [text] });
  const length = (text) => {
    const message = connecting.protocol().writeMessage(call(text));
    return message.byteLength ?? message.length;
  };
  const overhead = length("x".repeat(size)) - size;
  return "x".repeat(size - overhead);
}
