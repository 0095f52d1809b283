// Large messages, many messages, many connections.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { JsonHubProtocol, MessageType } from "@microsoft/signalr";
import { connect, connectMany, inbox, within } from "./client.mjs";
import { conformanceServer } from "./server.mjs";

const server = await conformanceServer();
after(() => server.stop());
const hub = `${server.url}/wire`;

describe("large messages", () => {
  for (const [path, limit] of [["/wire", 32_768], ["/wire-small", 1_024]]) {
    test(`${path} takes a message of ${limit} bytes`, async (t) => {
      const connection = await connect(t, server.url + path);
      const text = filling(limit);
      assert.equal(await connection.invoke("Echo", text), text);
    });

    test(`${path} closes the connection at one byte more`, async (t) => {
      const connection = await connect(t, server.url + path);
      await assert.rejects(connection.invoke("Echo", filling(limit + 1)), Error);
      const error = await within(connection.closed, "the close");
      assert.match(error.message, /Connection closed with an error\.$/);
    });
  }

  test("detailed errors name the limit", async (t) => {
    const connection = await connect(t, `${server.url}/wire-detailed`);
    await assert.rejects(connection.invoke("Echo", filling(32_769)), /The maximum message size of 32768B was exceeded/);
  });

  test("what the server sends has no limit", async (t) => {
    const connection = await connect(t, hub);
    assert.equal(await connection.invoke("Big", 2_000_000), "x".repeat(2_000_000));
  });
});

describe("many messages", () => {
  const numbers = Array.from({ length: 1_000 }, (_, index) => index);

  test("1,000 calls at once are all answered, in order", async (t) => {
    const connection = await connect(t, hub);
    const answers = [];
    await Promise.all(numbers.map(async (number) => answers.push(await connection.invoke("EchoInt", number))));
    assert.deepEqual(answers, numbers);
  });

  test("1,000 sends of a client arrive in order", async (t) => {
    const [sender, receiver] = await connectMany(t, hub, 2);
    for (const number of numbers) sender.send("ToClient", receiver.connectionId, `${number}`);
    assert.deepEqual(await receiver.inbox.take(1_000), numbers.map(String));
  });

  test("1,000 sends of the server come before its answer, in order", async (t) => {
    const connection = await connect(t, hub);
    assert.equal(await connection.invoke("Burst", 1_000), 1_000);
    await connection.invoke("ToCaller", "end");
    assert.deepEqual(await connection.inbox.before("end"), numbers.map(String));
  });
});

test("300 connections at once", async (t) => {
  const watcher = await connect(t, hub);
  const left = inbox(watcher, "Left");
  await watcher.invoke("Join", "watchers");

  const crowd = await connectMany(t, hub, 300);
  const ids = crowd.map((connection) => connection.connectionId);
  assert.equal(new Set(ids).size, 300);
  const echoes = await Promise.all(crowd.map((connection, index) => connection.invoke("EchoInt", index)));
  assert.deepEqual(echoes, [...crowd.keys()]);

  await Promise.all(crowd.map((connection) => connection.invoke("ToAll", "m")));
  await Promise.all(crowd.map(async (connection) => assert.deepEqual(await connection.inbox.take(300), Array(300).fill("m"))));

  await Promise.all(crowd.map((connection) => connection.stop()));
  const gone = (await left.take(300)).map(([id]) => id);
  assert.deepEqual(gone.sort(), ids.sort());
});

/** A text that makes a call of Echo, with an id of one digit, a message of `size` bytes. */
function filling(size) {
  const call = { type: MessageType.Invocation, invocationId: "0", target: "Echo", arguments: [""] };
  return "x".repeat(size - new JsonHubProtocol().writeMessage(call).length);
}
