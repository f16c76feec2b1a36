/**
 * For the output of a statement: its commit does not wait for the disk, when `condition` holds. Only for what may be done
 * again: when the machine or the database dies, what was written less than a second before may be lost. A cursor that was
 * lost means that deliveries are made again, with the same ids; never a hole. It must not stand in a transaction that
 * appends to the log: what others have read of the log must stay.
 */
export function unhurried(condition: string): string {
  return `case when ${condition} then set_config('synchronous_commit', 'off', true) end as unhurried`;
}
