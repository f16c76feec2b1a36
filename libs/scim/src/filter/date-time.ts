// Dates and times as RFC 7643 §2.3.5 writes them (XML Schema dateTime), checked closely enough that a database will not stumble.

const PATTERN = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)(?::(\d\d)(?:\.\d{1,9})?)?(Z|[+-](\d\d):?(\d\d))?$/i;
const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** The date and time in one spelling and with its zone, UTC when it names none; undefined when it is not a real one. */
export function utcText(text: string): string | undefined {
  const found = PATTERN.exec(text);
  if (!found) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = found
    .slice(1, 7)
    .map((part) => Number(part ?? 0));
  const [zoneHour, zoneMinute] = [Number(found[8] ?? 0), Number(found[9] ?? 0)];
  if (year < 1 || month < 1 || day < 1 || day > daysIn(year, month)) return undefined;
  if (hour > 23 || minute > 59 || second > 59 || zoneHour > 14 || zoneMinute > 59) return undefined;
  const written = text.toUpperCase();
  if (found[7] === undefined) return `${written}Z`;
  return written.replace(/([+-]\d\d)(\d\d)$/, '$1:$2');
}

function daysIn(year: number, month: number): number {
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return month === 2 && leap ? 29 : (DAYS[month - 1] ?? 0);
}
