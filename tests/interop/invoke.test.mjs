// Calls of hub methods: every form of argument and result, and every kind of error.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { connect as connectTo, failsWith } from "./client.mjs";
import { conformanceServer } from "./server.mjs";
import { JSON_WAYS, forEachWay } from "./ways.mjs";

const server = await conformanceServer();
after(() => server.stop());

const child = { name: "child", value: -1, ratio: null, tags: [], child: null };
const complex = { name: "Zoë", value: 42, ratio: 0.5, tags: ["a", "b"], child };

const ECHOES = [
  ["Echo", ["", "plain", "quote \" backslash \\ slash /", "ünïcödé 🎈 \u2028", "\u0000\u001e\u001f", "x".repeat(10_000)]],
  ["EchoInt", [0, 1, -1, 255, 65_536, 2_147_483_647, -2_147_483_648]],
  ["EchoDouble", [0, 0.1, -2.5e-300, 1.7976931348623157e308, 12]],
  ["EchoBool", [true, false]],
  ["EchoLong", [0, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER]],
  ["EchoList", [[], ["one"], ["a", "", "c"], Array(100).fill("item")]],
  ["EchoMap", [{}, { a: 1, B: -2, "with blank": 3 }]],
];

/** What looks different in the two protocols. */
const JSON_ECHOES = [
  ["EchoBytes", ["", "AAEC/f7/"]],
  ["EchoDate", ["2024-02-29T12:34:56.789Z", "2000-01-01T00:00:00", "1969-12-31T23:59:59.9999999Z"]],
  ["EchoComplex", [child, complex, { ...complex, child: complex }]],
];
const BINARY_ECHOES = [
  ["EchoBytes", [new Uint8Array(), new Uint8Array([0, 1, 2, 253, 254, 255]), new Uint8Array(1_000)]],
  ["EchoDate", [new Date(Date.UTC(2024, 1, 29, 12, 34, 56, 789)), new Date(0), new Date(-1)]],
  ["EchoComplex", [child, complex, { ...complex, child: complex }].map(capitalized)],
];

const UNBINDABLE = [
  ["EchoInt", "text"], ["EchoInt", 1.5], ["EchoInt", 2_147_483_648], ["EchoInt", null], ["EchoBool", 1],
  ["EchoBytes", 5], ["EchoDate", "yesterday"], ["EchoList", "text"], ["EchoMap", { a: "b" }],
  ["Echo"], ["Echo", "a", "b"], ["Nothing", 1],
];

forEachWay("arguments and results", (way) => {
  const connect = (t, path = "/wire") => connectTo(t, server.url + path, way.connecting);

  for (const [method, values] of [...ECHOES, ...(way.binary ? BINARY_ECHOES : JSON_ECHOES)]) {
    test(`${method} gives back what it got`, async (t) => {
      const connection = await connect(t);
      for (const value of values) assert.deepEqual(await connection.invoke(method, value), value);
    });
  }

  test("several arguments keep their order", async (t) => {
    const connection = await connect(t);
    assert.equal(await connection.invoke("EchoTwo", "left", 7), "left:7");
  });

  test("a method without a result, and one that gives null", async (t) => {
    const connection = await connect(t);
    assert.equal(await connection.invoke("Nothing"), null);
    assert.equal(await connection.invoke("ReturnNull"), null);
  });

  test("names ignore case, and a renamed method has its new name only", async (t) => {
    const connection = await connect(t);
    assert.equal(await connection.invoke("eCHO", "x"), "x");
    assert.equal(await connection.invoke("renamed-method"), "renamed");
    await failsWith(connection.invoke("Original"), notThere("Original"));
  });

  test("calls of one connection run one after the other", async (t) => {
    const connection = await connect(t);
    assert.deepEqual(await finished(connection), ["slow", "quick"]);
  });

  test("calls overtake each other where the hub allows several at once", async (t) => {
    const connection = await connect(t, "/wire-parallel");
    assert.deepEqual(await finished(connection), ["quick", "slow"]);
  });
});

forEachWay("payloads of JSON", (way) => {
  test("a text that is not base64 is refused as bytes", async (t) => {
    const connection = await connectTo(t, `${server.url}/wire`, way.connecting);
    await failsWith(connection.invoke("EchoBytes", "not base64!"), notInvoked("EchoBytes"));
  });

  test("a JavaScript Date is understood", async (t) => {
    const connection = await connectTo(t, `${server.url}/wire`, way.connecting);
    const date = new Date(Date.UTC(2024, 1, 29, 12, 34, 56, 789));
    assert.equal(await connection.invoke("EchoDate", date), date.toISOString());
  });

  test("members of an object come in by any case and go out in camel case", async (t) => {
    const connection = await connectTo(t, `${server.url}/wire`, way.connecting);
    const { name, value, ratio, tags, child } = complex;
    assert.deepEqual(await connection.invoke("EchoComplex", { NAME: name, Value: value, rATIO: ratio, tags, Child: child }), complex);
  });
}, JSON_WAYS);

forEachWay("errors", (way) => {
  const connect = (t, path = "/wire") => connectTo(t, server.url + path, way.connecting);

  test("a method's error is hidden", async (t) => {
    const connection = await connect(t);
    await failsWith(connection.invoke("Fail", "secret"), "An unexpected error occurred invoking 'Fail' on the server.");
  });

  test("an error meant for the caller is told", async (t) => {
    const connection = await connect(t);
    await failsWith(
      connection.invoke("FailHub", "no \"room\""),
      "An unexpected error occurred invoking 'FailHub' on the server. HubException: no \"room\"",
    );
  });

  test("detailed errors tell everything", async (t) => {
    const connection = await connect(t, "/wire-detailed");
    await failsWith(
      connection.invoke("Fail", "details"),
      "An unexpected error occurred invoking 'Fail' on the server. InvalidOperationException: details",
    );
    await failsWith(
      connection.invoke("EchoTwo", "only one"),
      `${notInvoked("EchoTwo")} InvalidDataException: Invocation provides 1 argument(s) but target expects 2.`,
    );
  });

  test("an unknown method is named", async (t) => {
    const connection = await connect(t);
    await failsWith(connection.invoke("NoSuchMethod", 1, 2), notThere("NoSuchMethod"));
  });

  test("lifecycle methods cannot be called", async (t) => {
    const connection = await connect(t);
    for (const name of ["OnConnectedAsync", "OnDisconnectedAsync", "on_connected", "OnConnected", "OnDisconnected"]) {
      await failsWith(connection.invoke(name), notThere(name));
    }
  });

  for (const [method, ...args] of UNBINDABLE) {
    test(`${method}(${JSON.stringify(args).slice(1, -1)}) is refused and the connection lives`, async (t) => {
      const connection = await connect(t);
      await failsWith(connection.invoke(method, ...args), notInvoked(method));
      assert.equal(await connection.invoke("Echo", "alive"), "alive");
    });
  }

  test("nothing is answered to a call that wants no answer", async (t) => {
    const connection = await connect(t);
    await connection.send("Fail", "x");
    await connection.send("NoSuchMethod");
    await connection.send("EchoInt", "text");
    await connection.send("ToCaller", "alive");
    assert.equal(await connection.inbox.next(), "alive");
  });
});

/** The tags of a slow and a quick call made at the same time, in the order of their answers. */
async function finished(connection) {
  const order = [];
  const note = (tag) => order.push(tag);
  await Promise.all([connection.invoke("Slow", 300, "slow").then(note), connection.invoke("Slow", 0, "quick").then(note)]);
  return order;
}

/** A complex object with its members named as .NET does, which is how MessagePack carries them. */
function capitalized({ name, value, ratio, tags, child }) {
  return { Name: name, Value: value, Ratio: ratio, Tags: tags, Child: child && capitalized(child) };
}

function notInvoked(method) {
  return `Failed to invoke '${method}' due to an error on the server.`;
}

function notThere(method) {
  return `${notInvoked(method)} HubException: Method does not exist.`;
}
