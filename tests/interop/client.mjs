// Connections of the official client, with what the tests ask of them.
import assert from "node:assert/strict";
import { HttpTransportType, HubConnectionBuilder, LogLevel, Subject } from "@microsoft/signalr";
import { inbox } from "./arrivals.mjs";

export { collect, inbox, itemsOf, within } from "./arrivals.mjs";

/** A connection to `url` that is not started; it is stopped when the test `t` ends. */
export function client(t, url, { reconnect, keepAlive, stateful, protocol, ...options } = {}) {
  const builder = new HubConnectionBuilder()
    .withUrl(url, { transport: HttpTransportType.WebSockets, ...options })
    .configureLogging(LogLevel.None);
  if (protocol) builder.withHubProtocol(protocol());
  if (reconnect) builder.withAutomaticReconnect(reconnect);
  if (stateful) builder.withStatefulReconnect();
  if (keepAlive) builder.withKeepAliveInterval(keepAlive);
  const connection = builder.build();
  connection.inbox = inbox(connection, "Receive");
  connection.closed = new Promise((resolve) => connection.onclose(resolve));
  t.after(() => connection.stop());
  return connection;
}

/** A started connection to `url`, behind the hub's `on_connected`, which calls wait for. */
export async function connect(t, url, options) {
  const connection = client(t, url, options);
  await connection.start();
  await connection.invoke("Nothing");
  return connection;
}

/** Several started connections to `url`. */
export function connectMany(t, url, count, options) {
  return Promise.all(Array.from({ length: count }, () => connect(t, url, options)));
}

/** A stream of the client; its items go out once a call has taken it. */
export function streamOf(items) {
  const subject = new Subject();
  setImmediate(() => {
    for (const item of items) subject.next(item);
    subject.complete();
  });
  return subject;
}

/** Asserts that `promise` fails with exactly the text `message`. */
export function failsWith(promise, message) {
  return assert.rejects(promise, { message });
}
