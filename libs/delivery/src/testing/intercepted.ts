/** A database whose statements a test sees before they are sent: it may hold them up, or refuse them. */
import type { Database, Statement, Tx } from '@app/runtime';

/** @param send sends the statement, at most once. */
export type Around = (text: string, send: () => Promise<unknown[]>) => Promise<unknown[]>;

/** Also within transactions, and in the order in which they are asked for where there is one. */
export function intercepted(real: Database, around: Around): Database {
  const through = (tx: Tx): Tx => ({
    rows: <Row>(sql: string | Statement, values?: unknown[]) =>
      around(typeof sql === 'string' ? sql : sql.text, () => tx.rows(sql, values)) as Promise<Row[]>,
  });
  return new Proxy(real, {
    get(target, name) {
      if (name === 'rows') return through(target).rows;
      if (name === 'inOrder')
        return <T>(work: (tx: Tx) => Promise<T>) => target.inOrder((tx) => work(oneByOne(through(tx))));
      if (name === 'transaction')
        return <T>(work: (tx: Tx, manager: never) => Promise<T>) =>
          target.transaction((tx, manager) => work(through(tx), manager as never));
      return Reflect.get(target, name, target) as unknown;
    },
  });
}

/** Each is asked for when the one before has been answered. */
export function oneByOne(tx: Tx): Tx {
  let before: Promise<unknown> = Promise.resolve();
  return {
    rows: (sql, values) => {
      const answered = before.then(() => tx.rows<never>(sql, values));
      before = answered.catch(() => undefined);
      return answered;
    },
  };
}
