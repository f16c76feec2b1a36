/** `verify`: proves that the log is whole; ends with 1 and names each flaw when it is not. */
import { verifyLog } from '@app/event-log';
import { withDatabase } from './database-in-hand.js';

export async function verify(): Promise<void> {
  const { events, directories, flaws } = await withDatabase('verify', (database) => verifyLog(database));
  for (const { position, directoryId, what } of flaws)
    console.error(`position ${position}, ${directoryId}: ${what}`);
  console.log(
    `${events} events of ${directories} directories: ${flaws.length === 0 ? 'whole' : `${flaws.length} flaws`}`,
  );
  if (flaws.length > 0) process.exitCode = 1;
}
