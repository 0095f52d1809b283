// Connections of the official client, with what the tests ask of them.
import assert from "node:assert/strict";
import { HttpTransportType, HubConnectionBuilder, LogLevel, Subject } from "@microsoft/signalr";

const WAITING = 30_000;

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

/** A started connection to `url` that sends reach: they may miss one that has just shaken hands. */
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

/** What the server calls `target` of `connection` with, in order. */
export function inbox(connection, target) {
  const calls = [];
  let wake = () => {};
  connection.on(target, (...args) => {
    calls.push(args.length === 1 ? args[0] : args);
    wake();
  });
  return {
    /** The next call's argument, or its list of arguments. */
    async next() {
      if (calls.length === 0) await within(new Promise((resolve) => (wake = resolve)), `a call of ${target}`);
      return calls.shift();
    },
    async take(count) {
      const taken = [];
      while (taken.length < count) taken.push(await this.next());
      return taken;
    },
    /** All before the call with `last`, which is taken too. */
    async before(last) {
      const taken = [];
      for (let call = await this.next(); call !== last; call = await this.next()) taken.push(call);
      return taken;
    },
  };
}

/** `promise`, failing if it takes longer than any machine needs. */
export async function within(promise, what) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`waited in vain for ${what}`)), WAITING);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** The items of a stream of `connection`, and the error or the end behind them. */
export function collect(connection, method, ...args) {
  return itemsOf(connection.stream(method, ...args));
}

/** Subscribes to `stream` and waits for its end. */
export function itemsOf(stream) {
  const items = [];
  const ended = new Promise((resolve) => {
    stream.subscribe({
      next: (item) => items.push(item),
      complete: () => resolve({ items }),
      error: ({ message }) => resolve({ items, error: message }),
    });
  });
  return within(ended, "the end of a stream");
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
