/** Whom a stream tells of: everybody, but those whom its receiver took out. SSF 1.0 §8.1.3 */
import { Body, Controller, Header, HttpCode, Post, Req, UseGuards } from '@nestjs/common';
import type { SubjectIdentifier } from '@app/revocation';
import { ReceiverGuard, Scope, type WithReceiver } from './receiver.guard.js';
import type { Receiver } from './receiver.js';
import { PATHS } from './ssf-settings.js';
import { membersOf, streamIdOf } from './stream-body.js';
import type { Stream } from './stream-shown.js';
import { subjectIn } from './subject-body.js';
import { RemovedSubjects } from './removed-subjects.js';
import { Streams } from './streams.js';

@Controller()
@UseGuards(ReceiverGuard)
export class SubjectsController {
  constructor(
    private readonly streams: Streams,
    private readonly removed: RemovedSubjects,
  ) {}

  /** Also for somebody whom nobody here knows: the answer tells nobody who is in the directory. */
  @Post(PATHS.addSubject)
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @Scope('ssf.manage')
  async add(@Req() { receiver }: WithReceiver, @Body() body: unknown): Promise<void> {
    const { stream, subject } = await this.meant(receiver, body);
    await this.removed.forget(stream, subject);
  }

  @Post(PATHS.removeSubject)
  @HttpCode(204)
  @Header('cache-control', 'no-store')
  @Scope('ssf.manage')
  async remove(@Req() { receiver }: WithReceiver, @Body() body: unknown): Promise<void> {
    const { stream, subject } = await this.meant(receiver, body);
    await this.removed.add(stream, subject);
  }

  private async meant(
    receiver: Receiver,
    body: unknown,
  ): Promise<{ stream: Stream; subject: SubjectIdentifier }> {
    const members = membersOf(body);
    const stream = await this.streams.find(receiver, streamIdOf(members));
    return { stream, subject: subjectIn(members, stream) };
  }
}
