// What pages call, send and stream, and what hubs answer, over every transport in every protocol.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { WAYS, startPages } from "./pages.mjs";

const { page, stop } = await startPages();
after(stop);

for (const way of WAYS) {
  describe(`hubs, ${way.name}`, () => {
    test("arguments come back as results", async () => {
      const child = { name: "child", value: -1, ratio: null, tags: [], child: null };
      const calls = [
        ["Echo", "ünïcödé 🎈 \u0000\u001e\u2028"], ["Echo", "x".repeat(30_000)], ["EchoInt", -2_147_483_648], ["EchoDouble", -2.5e-300],
        ["EchoBool", true], ["EchoLong", Number.MAX_SAFE_INTEGER], ["EchoList", ["a", "", "ß"]], ["EchoMap", { a: 1, "with blank": -2 }],
        ["EchoComplex", named(way, { ...child, ratio: 0.5, tags: ["a"], child: named(way, child) })],
      ];
      const results = await page.run(way, async (client, calls) => {
        const connection = await client.connect();
        return Promise.all(calls.map((call) => connection.invoke(...call)));
      }, calls);
      assert.deepEqual(results, calls.map(([, value]) => value));
    });

    test("several arguments, and no result", async () => {
      const results = await page.run(way, async (client) => {
        const connection = await client.connect();
        return [await connection.invoke("EchoTwo", "left", 7), await connection.invoke("Nothing") ?? "nothing", await connection.invoke("ReturnNull")];
      });
      assert.deepEqual(results, ["left:7", "nothing", null]);
    });

    test("bytes go both ways, as Uint8Array in MessagePack and as Base64 in JSON", async () => {
      const results = await page.run(way, async (client) => {
        const connection = await client.connect();
        const every = Uint8Array.from({ length: 256 }, (_, index) => index);
        const values = [new Uint8Array(), every, every.subarray(100, 200), Uint8Array.from({ length: 20_000 }, (_, index) => index * 7)];
        const text = (bytes) => btoa(String.fromCharCode(...bytes));
        return Promise.all(values.map(async (value) => {
          const answer = await connection.invoke("EchoBytes", client.binary ? value : text(value));
          return client.binary ? answer instanceof Uint8Array && text(answer) === text(value) : answer === text(value);
        }));
      });
      assert.deepEqual(results, [true, true, true, true]);
    });

    test("times are texts in JSON and Date in MessagePack", async () => {
      const date = "2024-02-29T12:34:56.789Z";
      const result = await page.run(way, async (client, date) => {
        const answer = await (await client.connect()).invoke("EchoDate", client.binary ? new Date(date) : date);
        return client.binary ? { date: answer.toISOString() } : answer;
      }, date);
      assert.deepEqual(result, way.binary ? { date } : date);
    });

    test("errors are told, and the connection lives", async () => {
      const calls = [
        ["FailHub", "for you"], ["Fail", "secret"], ["NoSuchMethod"], ["EchoInt", "text"], ["Echo"], ["Secret"], ["Counter", 1, 0],
      ];
      const failures = await page.run(way, async (client, calls) => {
        const connection = await client.connect();
        const failures = await Promise.all(calls.map((call) => client.failure(connection.invoke(...call))));
        return [...failures, await connection.invoke("Echo", "alive")];
      }, calls);
      assert.deepEqual(failures, [
        "An unexpected error occurred invoking 'FailHub' on the server. HubException: for you",
        "An unexpected error occurred invoking 'Fail' on the server.",
        "Failed to invoke 'NoSuchMethod' due to an error on the server. HubException: Method does not exist.",
        "Failed to invoke 'EchoInt' due to an error on the server.",
        "Failed to invoke 'Echo' due to an error on the server.",
        "Failed to invoke 'Secret' because user is unauthorized",
        "The client attempted to invoke the streaming 'Counter' method with a non-streaming invocation.",
      ].concat("alive"));
    });

    test("messages reach all, others, a group and one client", async () => {
      const received = await page.run(way, async (client) => {
        const [one, two] = [await client.connect(), await client.connect()];
        await two.invoke("Join", "red");
        for (const call of [["ToAll", "all"], ["ToOthers", "others"], ["ToGroup", "red", "group"], ["ToClient", two.connectionId, "client"]]) {
          await one.invoke(...call);
        }
        await one.invoke("ToAll", "end");
        return [await one.inbox.before("end"), await two.inbox.before("end")];
      });
      assert.deepEqual(received, [["all"], ["all", "others", "group", "client"]]);
    });

    test("a stream of the hub arrives in order, and ends or fails", async () => {
      const streams = await page.run(way, async (client) => {
        const connection = await client.connect();
        return Promise.all([["Counter", 200, 0], ["Counter", 3, 20], ["Counter", 0, 0], ["StreamFailHub", 2]].map((call) => client.collect(connection, ...call)));
      });
      const error = "An error occurred on the server while streaming results. HubException: stream refused";
      assert.deepEqual(streams, [{ items: [...Array(200).keys()] }, { items: [0, 1, 2] }, { items: [] }, { items: [0, 1], error }]);
    });

    test("a stream that the page cancels ends, and the hub knows", async () => {
      const answer = await page.run(way, async (client) => {
        const connection = await client.connect();
        const canceled = client.inbox(connection, "StreamCanceled");
        await new Promise((resolve, reject) => {
          const next = (number) => number === 3 && (subscription.dispose(), resolve());
          const subscription = connection.stream("Infinite").subscribe({ next, complete: reject, error: reject });
        });
        await canceled.next();
        return connection.invoke("Echo", "alive");
      });
      assert.equal(answer, "alive");
    });

    test("streams of the page are read by the hub", async () => {
      const results = await page.run(way, async (client) => {
        const connection = await client.connect();
        const sum = await connection.invoke("Sum", client.streamOf([...Array(50).keys()]));
        const texts = await connection.invoke("Concat", client.streamOf(["a", "b"]), "> ", client.streamOf(["c", "ü"]));
        return [sum, texts, await client.collect(connection, "EchoStream", client.streamOf(["x", "y", "z"]))];
      });
      assert.deepEqual(results, [1225, "> ab/cü", { items: ["x", "y", "z"] }]);
    });

    test("a stream of the page that fails is the hub's to handle", async () => {
      const failure = await page.run(way, async (client) => {
        const connection = await client.connect();
        const failing = client.newSubject();
        const result = client.failure(connection.invoke("Concat", client.streamOf(["a"]), "", failing));
        failing.error("lost");
        return result;
      });
      assert.equal(failure, "An unexpected error occurred invoking 'Concat' on the server. HubException: upload failed: lost");
    });

    test("the page answers questions of the hub, or fails to", async () => {
      const answers = await page.run(way, async (client) => {
        const [asking, asked, silent] = [await client.connect(), await client.connect(), await client.connect()];
        asking.on("Ask", async (prompt) => `${prompt} blue`);
        asked.on("Ask", () => { throw new Error("no idea"); });
        return [
          await asking.invoke("Ask", "colour?"),
          await client.failure(asking.invoke("AskClient", asked.connectionId, "colour?")),
          await client.failure(asking.invoke("AskClient", silent.connectionId, "colour?")),
        ];
      });
      const failed = "An unexpected error occurred invoking 'AskClient' on the server. HubException: ask failed: ";
      assert.deepEqual(answers, ["answer: colour? blue", `${failed}Error: no idea`, `${failed}Client didn't provide a result.`]);
    });

    test("1,000 calls at once are answered in order", async () => {
      const answers = await page.run(way, async (client) => {
        const connection = await client.connect();
        const answers = [];
        await Promise.all(Array.from({ length: 1_000 }, async (_, number) => answers.push(await connection.invoke("EchoInt", number))));
        return answers;
      });
      assert.deepEqual(answers, [...Array(1_000).keys()]);
    });

    test("1,000 messages each way arrive in order", async () => {
      const received = await page.run(way, async (client) => {
        const [sender, receiver] = [await client.connect(), await client.connect()];
        for (let number = 0; number < 1_000; number++) sender.send("ToClient", receiver.connectionId, `${number}`);
        const relayed = await receiver.inbox.take(1_000);
        await sender.invoke("Burst", 1_000);
        return [relayed, await sender.inbox.take(1_000)];
      });
      const texts = Array.from({ length: 1_000 }, (_, number) => `${number}`);
      assert.deepEqual(received, [texts, texts]);
    });

    test("a message of two megabytes arrives whole", async () => {
      const right = await page.run(way, async (client) => (await (await client.connect()).invoke("Big", 2_000_000)) === "x".repeat(2_000_000));
      assert.ok(right);
    });
  });
}

test("connections of every way hear each other in one page", async () => {
  const clients = await Promise.all(WAYS.map((way) => page.start(way)));
  const received = await page.tab.evaluate(async (clients) => {
    const connections = await Promise.all(clients.map((client) => client.connect()));
    for (const [index, connection] of connections.entries()) await connection.invoke("ToAll", `${index}`);
    return Promise.all(connections.map(({ inbox }) => inbox.take(clients.length)));
  }, clients);
  assert.deepEqual(received, WAYS.map(() => WAYS.map((_, index) => `${index}`)));
  for (const client of clients) await client.evaluate((client) => client.close());
});

test("nothing was thrown and not caught", () => assert.deepEqual(page.errors, []));

/** The members of an object of .NET as the protocol of `way` names them. */
function named({ binary }, members) {
  const name = (key) => (binary ? key[0].toUpperCase() + key.slice(1) : key);
  return Object.fromEntries(Object.entries(members).map(([key, value]) => [name(key), value]));
}
