/** Each identity provider is a folder of recorded conversations; a bug report is one more file. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readConversations, replay } from '../support/conversation.js';
import { TestHub } from '../support/hub.js';

const PROVIDERS = { 'Microsoft Entra ID': 'entra', Okta: 'okta', 'PingFederate and PingOne': 'ping' };

let hub: TestHub;
beforeAll(async () => {
  hub = await TestHub.start();
});
afterAll(() => hub.close());

describe.each(Object.entries(PROVIDERS))('%s', (_name, folder) => {
  const conversations = readConversations(join(import.meta.dirname, folder));

  it.each(conversations.map((conversation) => [conversation.title, conversation] as const))(
    '%s',
    async (_title, conversation) => {
      const directory = await hub.connect({ type: conversation.directoryType, name: conversation.title });
      const problems = await replay(conversation, directory);
      expect(problems.join('\n')).toBe('');
    },
  );
});
