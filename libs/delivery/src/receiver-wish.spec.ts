import { describe, expect, it } from '@jest/globals';
import { receiverWish } from './receiver-wish.js';

describe('the header webhook-delivery', () => {
  it.each([
    ['disable', { kind: 'disable' }],
    [' Disable ', { kind: 'disable' }],
    ['pause', { kind: 'pause' }],
    ['pause; seconds=600', { kind: 'rest', seconds: 600 }],
    ['PAUSE;seconds = 5', { kind: 'rest', seconds: 5 }],
    ['pause; seconds=999999999', { kind: 'rest', seconds: 86_400 }],
    ['pause; seconds=0', { kind: 'rest', seconds: 0 }],
    ['pause; seconds=soon', undefined],
    ['pause; seconds=-1', undefined],
    ['disable; seconds=600', undefined],
    ['disable, pause', undefined],
    ['stop', undefined],
    ['', undefined],
  ])('%p means %p', (value, expected) => {
    expect(receiverWish({ headers: { 'webhook-delivery': value } })).toEqual(expected);
  });

  it('is seldom there', () => {
    expect(receiverWish({ headers: {} })).toBeUndefined();
  });
});
