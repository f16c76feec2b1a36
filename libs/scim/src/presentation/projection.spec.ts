import { describe, expect, it } from '@jest/globals';
import { parseProjection } from './projection.js';

describe('the attributes parameter', () => {
  it('is read without the filters that stand in it', () => {
    const { attributes } = parseProjection('User', { attributes: 'emails[type eq "work"].value,title' });
    expect(attributes).toEqual([{ name: 'emails', subAttribute: 'value' }, { name: 'title' }]);
  });

  it('names an attribute once, however often it is written', () => {
    const written = 'title,TITLE,urn:ietf:params:scim:schemas:core:2.0:User:title,';
    expect(parseProjection('User', { attributes: written.repeat(1_000) })).toEqual({
      attributes: [{ name: 'title' }],
    });
  });

  it('with brackets that nobody closes is read in time that grows with its length', () => {
    const before = process.cpuUsage();
    expect(parseProjection('User', { attributes: `title,${'['.repeat(100_000)}` })).toEqual({
      attributes: [{ name: 'title' }],
    });
    expect(process.cpuUsage(before).user).toBeLessThan(1_000_000);
  });
});
