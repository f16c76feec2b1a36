/** Files for auditors: comma-separated, made a page at a time as fast as they are taken. */
import { Readable } from 'node:stream';
import { StreamableFile } from '@nestjs/common';
import { csvRecord, type Cell } from '../admin/revocations/csv.js';
import { textOf, type Query } from '../consumer/query.js';
import { invalid } from '../consumer/validation.js';

export type Column<T> = readonly [name: string, cell: (row: T) => Cell];

/** Whether the query asks for a file instead of a page. */
export function isCsv(query: Query): boolean {
  const format = textOf(query, 'format') ?? 'json';
  if (format === 'csv' || format === 'json') return format === 'csv';
  throw invalid([{ field: 'format', code: 'invalid_format', message: 'format must be json or csv' }]);
}

/** @param pages the first of which is read at once, so that what is refused is answered in words and not in half a file. */
export async function csvFile<T>(
  name: string,
  columns: readonly Column<T>[],
  pages: AsyncGenerator<readonly T[]>,
): Promise<StreamableFile> {
  const first = await pages.next();
  const linesOf = (rows: readonly T[]): string =>
    rows.map((row) => csvRecord(columns.map(([, cell]) => cell(row)))).join('');
  async function* text(): AsyncGenerator<string> {
    yield csvRecord(columns.map(([title]) => title));
    if (first.done) return;
    yield linesOf(first.value);
    for await (const rows of pages) yield linesOf(rows);
  }
  return new StreamableFile(Readable.from(text()), {
    type: 'text/csv; charset=utf-8; header=present',
    disposition: `attachment; filename="${name.replace(/[^\w.-]/g, '-')}.csv"`,
  });
}

/** A property of a published form as a cell. */
export function cellOf(value: unknown): Cell {
  if (value === undefined || value === null) return null;
  return typeof value === 'string' || typeof value === 'number' ? value : JSON.stringify(value);
}
