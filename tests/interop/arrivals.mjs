// What arrives at a connection. Nothing of Node is used here: the tests in a browser have this too.

const WAITING = 30_000;

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
