/** Every metric of the server, by the conventions of Prometheus. Labels have few values: none is a room, a user or a path. */
import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { BackplaneTraffic } from '../backplane/backplane.ts'
import type { Backlog } from '../chat/backlog.ts'
import type { ChatCounts } from '../chat/chat-counts.ts'
import type { Leadership } from '../cluster/leadership.ts'
import type { Node } from '../cluster/node.ts'
import type { Log } from '../log.ts'
import type { OpenConnections } from '../transports/open-connections.ts'
import { EventLoopDelay } from './event-loop-delay.ts'

/** Seconds: from a disk that is fast to one that is told to the operator. */
const commitBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5]
const writesBuckets = [1, 2, 5, 10, 20, 50, 100, 200]

/** What is asked when somebody asks for metrics. */
export interface Watched {
  version: string
  hub: {
    /** One for each room that is open here. */
    presences(): readonly unknown[]
    readonly counts: ChatCounts
    turn: { backlog: Pick<Backlog<never>, 'dropped'> }
  }
  open: Pick<OpenConnections, 'count'>
  node: Pick<Node, 'isCurrent' | 'degraded'>
  leadership: Pick<Leadership, 'leads'>
  log: Pick<Log, 'dropped'>
  /** Undefined for a server that is alone. */
  traffic: BackplaneTraffic | undefined
}

export class ServerMetrics {
  readonly #registry = new Registry()
  readonly #commitSeconds: Histogram
  readonly #commitWrites: Histogram
  readonly #delay = new EventLoopDelay()

  constructor() {
    this.#commitSeconds = new Histogram({
      name: 'teahouse_commit_duration_seconds',
      help: 'How long a transaction took, with its sync.',
      buckets: commitBuckets,
      registers: [this.#registry],
    })
    this.#commitWrites = new Histogram({
      name: 'teahouse_commit_writes',
      help: 'Writes that were committed together in one transaction.',
      buckets: writesBuckets,
      registers: [this.#registry],
    })
    this.#watchProcess()
  }

  get contentType(): string {
    return this.#registry.contentType
  }

  text(): Promise<string> {
    return this.#registry.metrics()
  }

  committed({ ms, writes }: { ms: number; writes: number }): void {
    this.#commitSeconds.observe(ms / 1_000)
    this.#commitWrites.observe(writes)
  }

  /** To be called once. */
  watch({ version, hub, open, node, leadership, log, traffic }: Watched): void {
    const info = this.#gauge('teahouse_build_info', 'The version of the server; always 1.', ['version', 'node_version'])
    info.set({ version, node_version: process.version }, 1)
    this.#watchConnections(open, () => hub.turn.backlog.dropped)
    this.#gauge('teahouse_rooms_open', 'Rooms that somebody has open here.', [], (gauge) =>
      gauge.set(hub.presences().length),
    )
    this.#watchDelivery(hub.counts)
    this.#gauge('teahouse_node_current', '1 if this node knows what the other nodes have done.', [], (gauge) =>
      gauge.set(Number(node.isCurrent)),
    )
    this.#gauge('teahouse_degraded', '1 while other nodes are heard late.', [], (gauge) =>
      gauge.set(Number(node.degraded !== undefined)),
    )
    this.#gauge('teahouse_leader', '1 on the node that does the work of all.', [], (gauge) =>
      gauge.set(Number(leadership.leads)),
    )
    this.#counter('teahouse_log_lines_dropped_total', 'Lines of the log that could not be written.', () => log.dropped)
    if (traffic) this.#watchTraffic(traffic)
  }

  stop(): void {
    this.#delay.stop()
  }

  #watchConnections(open: Watched['open'], dropped: () => number): void {
    this.#gauge('teahouse_connections', 'Open connections, by the transport.', ['transport'], (gauge) => {
      const counted = open.count()
      for (const [transport, count] of Object.entries(counted.open)) gauge.set({ transport }, count)
      slow.set(counted.slow)
    })
    // After the gauge that sets it: they are read in the order in which they are made.
    const slow = this.#gauge('teahouse_slow_readers', 'Connections that read too slowly to be given more now.')
    const closed = 'Connections that were closed because too much waited for slow readers.'
    this.#counter('teahouse_slow_readers_dropped_total', closed, dropped)
  }

  #watchDelivery(counts: ChatCounts): void {
    this.#counter('teahouse_entries_stored_total', 'Entries that users of this node have stored.', () => counts.stored)
    const delivered = 'Entries that were handed to connections: one that ten people read counts ten times.'
    this.#counter('teahouse_deliveries_total', delivered, () => counts.delivered)
    const gaps = 'Reads of the log because a publication had not come.'
    this.#counter('teahouse_gaps_filled_total', gaps, () => counts.gapsFilled)
    const missed = 'Entries that were found in the log before their publication came: it was late, or is lost.'
    this.#counter('teahouse_publications_missed_total', missed, () => counts.missed)
    const late = 'Publications that came after their entry was found in the log.'
    this.#counter('teahouse_publications_late_total', late, () => counts.late)
  }

  #watchTraffic({ sent, received }: BackplaneTraffic): void {
    for (const [name, kind, help] of [
      ['sent', sent, 'that this node has published through Redis'],
      ['received', received, 'of other nodes that came through Redis'],
    ] as const) {
      this.#counter(`teahouse_backplane_${name}_messages_total`, `Messages ${help}.`, () => kind.messages)
      this.#counter(`teahouse_backplane_${name}_bytes_total`, `Bytes ${help}.`, () => kind.bytes)
    }
  }

  /** Names and meanings are those that programs of all languages have in common. */
  #watchProcess(): void {
    const start = Date.now() / 1_000 - process.uptime()
    const cpuSeconds = () => {
      const { user, system } = process.cpuUsage()
      return (user + system) / 1e6
    }
    this.#counter('process_cpu_seconds_total', 'Processor time of all threads.', cpuSeconds)
    this.#gauge('process_start_time_seconds', 'When the process has started.').set(start)
    this.#gauge('process_resident_memory_bytes', 'Memory of the process.', [], (gauge) => {
      const { rss, heapUsed, external: outside } = process.memoryUsage()
      gauge.set(rss)
      heap.set(heapUsed)
      external.set(outside)
    })
    // After the gauge that sets them: they are read in the order in which they are made.
    const heap = this.#gauge('nodejs_heap_size_used_bytes', 'Memory of JavaScript objects.')
    const external = this.#gauge('nodejs_external_memory_bytes', 'Memory of buffers and the like.')
    const help = 'How late the event loop was over the last 10 seconds or more.'
    this.#gauge('teahouse_event_loop_delay_seconds', help, ['quantile'], (gauge) => {
      for (const [quantile, seconds] of Object.entries(this.#delay.quantiles())) gauge.set({ quantile }, seconds)
    })
  }

  #gauge<Label extends string = never>(
    name: string,
    help: string,
    labelNames: Label[] = [],
    read?: (gauge: Gauge<Label>) => void,
  ): Gauge<Label> {
    const collect = read && { collect: () => read(gauge) }
    const gauge: Gauge<Label> = new Gauge({ name, help, labelNames, registers: [this.#registry], ...collect })
    return gauge
  }

  /** @param read what was counted since the start */
  #counter(name: string, help: string, read: () => number): void {
    const collect = () => {
      counter.reset()
      counter.inc(read())
    }
    const counter = new Counter({ name, help, registers: [this.#registry], collect })
  }
}
