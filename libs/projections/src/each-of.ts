/**
 * SQL that runs a query once for each pair of texts in two parameters, with `k.d` and `k.v` standing for the pair.
 *
 * `offset 0` keeps the query apart, so that each run is a look-up by an index. As a plain join it would be planned once
 * per connection, often while the table is still small, as one pass over the table, and stay so when the table has grown.
 * @param first the number of the first of the two parameters.
 */
export function eachOf(query: string, first = 1): string {
  return `select found.* from unnest($${first}::text[], $${first + 1}::text[]) as k(d, v)
   cross join lateral (${query} offset 0) as found`;
}
