// Questions of the server that the client answers.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { connect as connectTo, failsWith } from "./client.mjs";
import { conformanceServer } from "./server.mjs";
import { forEachWay } from "./ways.mjs";

const server = await conformanceServer();
after(() => server.stop());

forEachWay("client results", (way) => {
  const connect = (t, path = "/wire") => connectTo(t, server.url + path, way.connecting);

  const answers = [
    ["a value", (prompt) => `${prompt}!`, "answer: colour?!"],
    ["a promise of a text", (prompt) => sleep(20, prompt.toUpperCase()), "answer: COLOUR?"],
    ["an empty text", () => "", "answer: "],
    ["null", () => null, "answer: "],
    ["a long text", () => "x".repeat(20_000), `answer: ${"x".repeat(20_000)}`],
  ];
  for (const [what, handler, answer] of answers) {
    test(`the caller answers with ${what}`, async (t) => {
      const connection = await connect(t);
      connection.on("Ask", handler);
      assert.equal(await connection.invoke("Ask", "colour?"), answer);
    });
  }

  const failures = [
    ["throws", () => { throw new Error("no idea"); }, "ask failed: Error: no idea"],
    ["rejects", () => Promise.reject(new Error("no idea")), "ask failed: Error: no idea"],
    ["gives nothing", () => {}, "ask failed: Client didn't provide a result."],
    ["is missing", undefined, "ask failed: Client didn't provide a result."],
  ];
  for (const [what, handler, message] of failures) {
    test(`the hub learns that a handler ${what}`, async (t) => {
      const connection = await connect(t);
      if (handler) connection.on("Ask", handler);
      await failsWith(connection.invoke("Ask", "?"), failed("Ask", message));
      assert.equal(await connection.invoke("Echo", "alive"), "alive");
    });
  }

  test("a number is asked for and given", async (t) => {
    const connection = await connect(t);
    connection.on("AskInt", (prompt) => prompt.length);
    assert.equal(await connection.invoke("AskInt", "four"), 4);
  });

  test("an answer of the wrong type is an error, and the connection lives", async (t) => {
    const connection = await connect(t);
    connection.on("AskInt", () => "four");
    await assert.rejects(connection.invoke("AskInt", "?"), /^Error: An unexpected error occurred invoking 'AskInt' on the server\./);
    assert.equal(await connection.invoke("Echo", "alive"), "alive");
  });

  test("another connection is asked", async (t) => {
    const [asking, asked] = [await connect(t), await connect(t)];
    asking.on("Ask", () => "the caller");
    asked.on("Ask", () => "the other");
    assert.equal(await asking.invoke("AskClient", asked.connectionId, "who?"), "answer: the other");
  });

  test("two connections ask each other at the same time", async (t) => {
    const [one, two] = [await connect(t, "/wire-parallel"), await connect(t, "/wire-parallel")];
    for (const connection of [one, two]) connection.on("Ask", (prompt) => sleep(10, `${prompt} ${connection.connectionId}`));
    const rounds = Array.from({ length: 10 }, (_, round) => [one.invoke("AskClient", two.connectionId, `${round}`), two.invoke("AskClient", one.connectionId, `${round}`)]);
    for (const [round, questions] of rounds.entries()) {
      assert.deepEqual(await Promise.all(questions), [two, one].map(({ connectionId }) => `answer: ${round} ${connectionId}`));
    }
  });

  test("nobody can be asked who is not there", async (t) => {
    const connection = await connect(t);
    await assert.rejects(connection.invoke("AskClient", "nobody", "?"), /^Error: An unexpected error occurred invoking 'AskClient' on the server\. HubException: ask failed: /);
  });

  test("one who leaves without an answer fails the question", async (t) => {
    const [asking, asked] = [await connect(t), await connect(t)];
    const heard = new Promise((resolve) => asked.on("Ask", () => (resolve(), new Promise(() => {}))));
    const id = asked.connectionId;
    const question = asking.invoke("AskClient", id, "?");
    const failing = failsWith(question, failed("AskClient", `ask failed: Connection '${id}' disconnected.`));
    await heard;
    await asked.stop();
    await failing;
  });
});

function failed(method, message) {
  return `An unexpected error occurred invoking '${method}' on the server. HubException: ${message}`;
}
