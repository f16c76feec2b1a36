import { describe, expect, it } from '@jest/globals';
import { csvRecord } from './csv.js';

describe('a record of comma-separated values', () => {
  it.each([
    ['plain texts and numbers', ['ada', 3, -1.5], 'ada,3,-1.5\r\n'],
    ['nothing as an empty field', [null, '', 'x'], ',,x\r\n'],
    [
      'a comma, a quote or a line in quotes',
      ['a,b', 'say "hi"', 'a\r\nb'],
      '"a,b","say ""hi""","a\r\nb"\r\n',
    ],
    ['other scripts as they are', ['Åsa 山田'], 'Åsa 山田\r\n'],
  ])('writes %s', (_, cells, expected) => {
    expect(csvRecord(cells)).toBe(expected);
  });

  it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\tx'])('never lets a spreadsheet run %j', (text) => {
    expect(csvRecord([text])).toBe(`'${text}\r\n`);
  });

  it('makes a text of a formula in quotes as well', () => {
    expect(csvRecord(['=HYPERLINK("https://evil.example","x")'])).toBe(
      `"'=HYPERLINK(""https://evil.example"",""x"")"\r\n`,
    );
    expect(csvRecord(['\rx'])).toBe(`"'\rx"\r\n`);
  });
});
