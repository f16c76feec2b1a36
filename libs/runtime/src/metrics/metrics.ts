/** The counters of a process. They are fed by observations, and by sources that are asked when somebody asks for them. */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { HEARD, type Counting } from './heard.js';
import { METRICS, type MetricDefinition, type MetricName } from './table.js';

export interface Reading {
  name: MetricName;
  labels?: Readonly<Record<string, string>>;
  value: number;
}

export interface Source {
  /** The gauges that it sets; what it does not name any more is gone. */
  names: readonly MetricName[];
  read(): Promise<Reading[]> | Reading[];
  /** A source that asks the database must not be asked for each scrape of a nervous Prometheus. 0: each time. */
  keptForMilliseconds?: number;
}

/** Prometheus waits ten seconds by default; what comes later is lost with everything else. */
const READ_WITHIN_MILLISECONDS = 4_000;

type Instrument = Counter | Gauge | Histogram;

export class Metrics implements Counting {
  private readonly registry = new Registry();
  private readonly instruments = new Map<MetricName, Instrument>();
  private readonly sources: { source: Source; readAt: number; reading?: Promise<void> | undefined }[] = [];

  constructor() {
    for (const [name, definition] of Object.entries<MetricDefinition>(METRICS)) {
      this.instruments.set(name as MetricName, this.make(name, definition));
    }
    collectDefaultMetrics({ register: this.registry });
  }

  get contentType(): string {
    return this.registry.contentType;
  }

  /** Counts an observation; one that counts as nothing costs a look-up. */
  readonly hear = (event: string, fields: Readonly<Record<string, unknown>>): void => {
    if (Object.hasOwn(HEARD, event)) HEARD[event]!(this, fields);
  };

  add(name: MetricName, labels: Record<string, string> = {}, by = 1): void {
    (this.instruments.get(name) as Counter).inc(labels, by);
  }

  measure(name: MetricName, value: number, labels: Record<string, string> = {}): void {
    (this.instruments.get(name) as Histogram).observe(labels, value);
  }

  shift(name: MetricName, by: number, labels: Record<string, string> = {}): void {
    (this.instruments.get(name) as Gauge).inc(labels, by);
  }

  addSource(source: Source): void {
    this.sources.push({ source, readAt: -Infinity });
  }

  /** Everything, in Prometheus's text format. Values that could not be read in time are left out. */
  async text(): Promise<string> {
    await Promise.all(this.sources.map((each) => this.refresh(each)));
    return this.registry.metrics();
  }

  private async refresh(each: (typeof this.sources)[number]): Promise<void> {
    const { source, readAt } = each;
    if (!each.reading && performance.now() - readAt < (source.keptForMilliseconds ?? 0)) return;
    each.reading ??= this.read(source)
      .then(() => void (each.readAt = performance.now()))
      .finally(() => (each.reading = undefined));
    try {
      await withinTime(each.reading);
    } catch {
      for (const name of source.names) (this.instruments.get(name) as Gauge).reset();
      this.add('rollcall_metrics_unread_total');
    }
  }

  private async read(source: Source): Promise<void> {
    const readings = await source.read();
    for (const name of source.names) (this.instruments.get(name) as Gauge).reset();
    for (const { name, labels = {}, value } of readings)
      (this.instruments.get(name) as Gauge).set(labels, value);
  }

  private make(name: string, { type, help, labels, buckets }: MetricDefinition): Instrument {
    const common = { name, help, labelNames: [...labels], registers: [this.registry] };
    switch (type) {
      case 'counter':
        return new Counter(common);
      case 'gauge':
        return new Gauge(common);
      case 'histogram':
        return new Histogram({ ...common, buckets: [...(buckets ?? [])] });
    }
  }
}

async function withinTime(reading: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('not read in time')), READ_WITHIN_MILLISECONDS);
  });
  try {
    await Promise.race([reading, late]);
  } finally {
    clearTimeout(timer);
  }
}
