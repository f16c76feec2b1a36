import { describe, expect, it } from '@jest/globals';
import { entityTag, readEntityTags } from './entity-tag.js';

describe('the tags of If-Match and If-None-Match', () => {
  it.each([
    ['W/"7"', [7]],
    ['"7"', [7]],
    ['w/"7"', [7]],
    ['W/"3", W/"7"', [3, 7]],
    ['7', [7]],
    ['W/7', [7]],
    ['3,7', [3, 7]],
    ['W/"70"', [70]],
    ['"nothing of ours"', []],
  ])('%s names the versions %j', (header, versions) => {
    const test = readEntityTags(header)!;
    expect([1, 3, 7, 70].filter(test)).toEqual(versions);
  });

  it('a star names every version', () => {
    expect(readEntityTags('*')!(12)).toBe(true);
  });

  it('an absent or empty header asks for nothing', () => {
    expect([readEntityTags(undefined), readEntityTags(' ')]).toEqual([undefined, undefined]);
  });

  it('names a version by the tag that was given out for it', () => {
    expect(readEntityTags(entityTag(5))!(5)).toBe(true);
  });
});
