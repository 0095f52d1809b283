// Whom the server's sends reach: every selector of clients, groups and users.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { connect, connectMany } from "./client.mjs";
import { conformanceServer } from "./server.mjs";
import { WAYS, forEachWay } from "./ways.mjs";

const server = await conformanceServer();
after(() => server.stop());
const hub = `${server.url}/wire`;

forEachWay("clients", (way) => {
  const cases = [
    ["ToAll", () => [], [0, 1, 2, 3]],
    ["ToOthers", () => [], [1, 2, 3]],
    ["ToCaller", () => [], [0]],
    ["ToAllExcept", (ids) => [[ids[1], ids[2]]], [0, 3]],
    ["ToAllExcept", () => [[]], [0, 1, 2, 3]],
    ["ToClient", (ids) => [ids[2]], [2]],
    ["ToClient", () => ["nobody"], []],
    ["ToClients", (ids) => [[ids[1], ids[3], "nobody"]], [1, 3]],
    ["ToClients", () => [[]], []],
  ];
  for (const [method, address, recipients] of cases) {
    test(`${method} reaches ${names(recipients)}`, async (t) => {
      const connections = await connectMany(t, hub, 4, way.connecting);
      const ids = connections.map((connection) => connection.connectionId);
      await reaches(connections, [method, ...address(ids), "m"], recipients);
    });
  }
});

forEachWay("groups", (way) => {
  // Connection 0 calls; 0 and 1 are in "red", 1 and 2 in "blue", 3 in none.
  const cases = [
    ["ToGroup", () => ["red"], [0, 1]],
    ["ToGroup", () => ["blue"], [1, 2]],
    ["ToGroup", () => ["Red"], []],
    ["ToGroups", () => [["red", "nobody's"]], [0, 1]],
    ["ToGroups", () => [["red", "blue"]], [0, 1, 1, 2]],
    ["ToGroupExcept", (ids) => ["red", [ids[0], ids[3]]], [1]],
    ["ToOthersInGroup", () => ["red"], [1]],
    ["ToOthersInGroup", () => ["blue"], [1, 2]],
  ];
  for (const [method, address, recipients] of cases) {
    test(`${method}(${JSON.stringify(address([]))}) reaches ${names(recipients)}`, async (t) => {
      const connections = await withGroups(t, way);
      const ids = connections.map((connection) => connection.connectionId);
      await reaches(connections, [method, ...address(ids), "m"], recipients);
    });
  }

  test("one who left hears nothing more", async (t) => {
    const connections = await withGroups(t, way);
    await connections[1].invoke("Leave", "red");
    await reaches(connections, ["ToGroup", "red", "m"], [0]);
    await reaches(connections, ["ToGroup", "blue", "m"], [1, 2]);
  });

  test("joining and leaving twice is as good as once", async (t) => {
    const connections = await withGroups(t, way);
    await connections[1].invoke("Join", "red");
    await reaches(connections, ["ToGroup", "red", "m"], [0, 1]);
    await connections[1].invoke("Leave", "red");
    await connections[1].invoke("Leave", "red");
    await reaches(connections, ["ToGroup", "red", "m"], [0]);
  });

  test("a connection can be added by another", async (t) => {
    const connections = await withGroups(t, way);
    await connections[0].invoke("JoinOther", connections[3].connectionId, "blue");
    await connections[0].invoke("JoinOther", "nobody", "blue");
    await reaches(connections, ["ToGroup", "blue", "m"], [1, 2, 3]);
  });
});

forEachWay("users", (way) => {
  // 0 is anonymous, 1 and 2 are ann, 3 is bob.
  const cases = [
    ["ToUser", "ann", [1, 2]],
    ["ToUser", "Ann", []],
    ["ToUser", "nobody", []],
    ["ToUsers", ["bob", "nobody"], [3]],
    ["ToUsers", ["ann", "bob", "ann"], [1, 2, 3]],
    ["ToUsers", [], []],
  ];
  for (const [method, users, recipients] of cases) {
    test(`${method}(${JSON.stringify(users)}) reaches ${names(recipients)}`, async (t) => {
      const tokens = ["", "ann", "ann", "bob"];
      const connections = await Promise.all(tokens.map((token) => connect(t, hub, { ...way.connecting, accessTokenFactory: () => token })));
      await reaches(connections, [method, users, "m"], recipients);
    });
  }
});

test("connections of every way hear each other", async (t) => {
  const connections = await Promise.all(WAYS.map((way) => connect(t, hub, way.connecting)));
  await Promise.all(connections.map((connection) => connection.invoke("Join", "red")));
  for (const connection of connections) await connection.invoke("ToGroup", "red", connection.connectionId);
  const ids = connections.map(({ connectionId }) => connectionId);
  for (const { inbox } of connections) assert.deepEqual((await inbox.take(ids.length)).sort(), ids.toSorted());
});

test("the hubs of two paths know nothing of each other", async (t) => {
  const here = await connect(t, hub);
  const there = await connect(t, `${server.url}/wire-ws`);
  await there.invoke("Join", "red");
  for (const call of [["ToAll"], ["ToGroup", "red"], ["ToClient", there.connectionId]]) await here.invoke(...call, "m");
  await there.invoke("ToCaller", "end");
  assert.deepEqual(await there.inbox.before("end"), []);
});

async function withGroups(t, way) {
  const connections = await connectMany(t, hub, 4, way.connecting);
  const members = [[0, "red"], [1, "red"], [1, "blue"], [2, "blue"]];
  await Promise.all(members.map(([index, group]) => connections[index].invoke("Join", group)));
  return connections;
}

/** Asserts that `call`, made by the first connection, reaches those at `recipients`, once for each time they are named. */
async function reaches(connections, call, recipients) {
  await connections[0].invoke(...call);
  await connections[0].invoke("ToAll", "end");
  const received = await Promise.all(connections.map((connection) => connection.inbox.before("end")));
  const expected = connections.map((_, index) => recipients.filter((recipient) => recipient === index).map(() => "m"));
  assert.deepEqual(received, expected);
}

function names(recipients) {
  return recipients.length === 0 ? "nobody" : recipients.join(", ");
}
