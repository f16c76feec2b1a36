/** A program and whoever looks after it: started again whenever it has ended, as a service manager does. */
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { eventually } from '../support/eventually.js';
import type { RunningProgram } from '../support/program.js';

const AGAIN_AFTER_IN_MILLISECONDS = 250;
const LISTENS_WITHIN_IN_SECONDS = 90;

export interface SupervisedOptions {
  name: string;
  run(): RunningProgram;
  /** Told of every process, so that it can be ended whatever happens to us. */
  onProcess(pid: number): void;
}

export class Supervised {
  /** The most memory that any of its processes had, in bytes; undefined where the system does not say. */
  peakInBytes: number | undefined;
  /** Sentences about processes that ended although nobody ended them. */
  readonly endedByThemselves: string[] = [];
  private program: RunningProgram | undefined;
  private listens = false;
  private readonly said: string[] = [];
  private stops = 0;
  private over = false;
  private startsAgainAt = 0;
  private keeping: Promise<void> | undefined;

  constructor(private readonly options: SupervisedOptions) {}

  get name(): string {
    return this.options.name;
  }

  /** As it names itself to receivers; undefined while there is none. */
  get process(): string | undefined {
    return this.program && `${this.name}/${this.program.pid}`;
  }

  async start(): Promise<void> {
    this.keeping = this.keep();
    await this.listening();
  }

  /** Returns once there is a process that has said that it listens. */
  async listening(): Promise<void> {
    await eventually(
      () => {
        if (!this.listens)
          throw new Error(`${this.options.name} does not listen:\n${this.output().slice(-2_000)}`);
      },
      { withinInSeconds: LISTENS_WITHIN_IN_SECONDS },
    );
  }

  /** SIGKILL. @param backAfterInMilliseconds until it is started again. */
  async kill(backAfterInMilliseconds: number): Promise<void> {
    this.look();
    this.startsAgainAt = Date.now() + backAfterInMilliseconds;
    this.listens = false;
    await this.program?.kill9();
  }

  /** SIGSTOP. Stopped twice, it must be let go on twice. @returns what lets it go on. */
  stop(): () => void {
    this.stops += 1;
    signal(this.program, 'SIGSTOP');
    return () => {
      this.stops -= 1;
      // What was stopped may have been killed since, and its successor stopped in its turn.
      if (this.stops === 0) signal(this.program, 'SIGCONT');
    };
  }

  /** Looks at the memory of the process that runs now. */
  look(): void {
    const bytes = peakOf(this.program?.pid);
    if (bytes !== undefined) this.peakInBytes = Math.max(this.peakInBytes ?? 0, bytes);
  }

  /** Everything that all its processes have said. */
  output(): string {
    return [...this.said, this.program?.output() ?? ''].join('');
  }

  async end(): Promise<void> {
    this.over = true;
    await this.program?.kill9();
    await this.keeping;
  }

  private async keep(): Promise<void> {
    while (!this.over) {
      const program = this.options.run();
      this.program = program;
      this.options.onProcess(program.pid);
      const listened = await program.ready.then(
        () => true,
        () => false,
      );
      this.listens = listened;
      const { code, signal: ended } = await program.ended;
      this.listens = false;
      this.said.push(program.output());
      this.program = undefined;
      // One that does not get as far as listening has met a database that is away, and says so.
      if (listened && ended !== 'SIGKILL' && !this.over)
        this.endedByThemselves.push(`${this.options.name} ended by itself (${code ?? ended})`);
      await pause(Math.max(AGAIN_AFTER_IN_MILLISECONDS, this.startsAgainAt - Date.now()));
    }
  }
}

function signal(program: RunningProgram | undefined, name: NodeJS.Signals): void {
  try {
    if (program?.pid) process.kill(program.pid, name);
  } catch (error) {
    // It has ended meanwhile.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** VmHWM of Linux: the most it ever had. Other systems are not asked. */
function peakOf(pid: number | undefined): number | undefined {
  try {
    const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kilobytes === undefined ? undefined : Number(kilobytes) * 1_024;
  } catch {
    return undefined;
  }
}
