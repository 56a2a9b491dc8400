/** Holds a history against the log as it was read in the end: the properties P1 to P9 of RELIABILITY.md, section 12. */
import { type Display, type History, keyOf, type Send, type WireFault } from './history.ts'

export type Property = 'P1' | 'P2' | 'P3' | 'P4' | 'P5' | 'P6' | 'P7' | 'P8' | 'P9'
export type Column = 'lost' | 'doubled' | 'outOfOrder' | 'phantom'

/** The whole log, read after everything has finished. */
export interface Reading {
  /** Who read it, for people: `SQL`, `a fresh client`. */
  by: string
  entries: { id: number; data: string; key?: string }[]
  /** The id of the newest entry, as the reader was told it. */
  head: number
  /** What the reader noticed besides, such as a failed `integrity_check`. */
  faults: string[]
}

export interface Report extends Record<Column, number> {
  said: number
  acknowledged: number
  shows: number
  /** What lines said that is allowed where this happened. */
  allowed: number
  violations: Partial<Record<Property, Violation>>
}

export interface Violation {
  count: number
  examples: string[]
}

const maxExamples = 3

/**
 * @param readings the first is the one that the others and the clients are held against
 * @param allowed what lines may say; always a double where what was missed and what is new are joined
 */
export function check(
  history: History,
  readings: [Reading, ...Reading[]],
  allowed: readonly WireFault['type'][] = ['seam'],
): Report {
  const sends = [...history.sends.values()]
  const findings = new Findings({
    said: sends.length,
    acknowledged: history.acknowledged,
    shows: history.displays.reduce((sum, { entries }) => sum + entries.length, 0),
  })
  const log = new Log(readings[0])
  for (const reading of readings) checkReading(reading, log, findings)
  checkSends(history, log, findings)
  checkLog(history, log, findings)
  checkShown(history, log, findings)
  checkLostLogs(history, findings)
  for (const display of history.displays) checkDisplay(display, history, log, findings)
  checkWire(history, allowed, findings)
  checkRealTimeOrder(history, log, findings)
  checkSendersOrder(sends, log, findings)
  return findings.report
}

class Findings {
  readonly report: Report

  constructor(counts: Pick<Report, 'said' | 'acknowledged' | 'shows'>) {
    this.report = { ...counts, lost: 0, doubled: 0, outOfOrder: 0, phantom: 0, allowed: 0, violations: {} }
  }

  add(property: Property, column: Column, example: () => string): void {
    const { violations } = this.report
    const violation = violations[property] ?? { count: 0, examples: [] }
    violations[property] = violation
    this.report[column]++
    if (++violation.count <= maxExamples) violation.examples.push(example())
  }
}

class Log {
  readonly by: string
  readonly head: number
  readonly dataOf = new Map<number, string>()
  readonly idsOf = new Map<string, number[]>()

  constructor({ by, head, entries }: Reading) {
    this.by = by
    this.head = head
    for (const { id, data } of entries) {
      this.dataOf.set(id, data)
      const ids = this.idsOf.get(keyOf(data))
      if (ids) ids.push(id)
      else this.idsOf.set(keyOf(data), [id])
    }
  }

  idOf(key: string): number | undefined {
    return this.idsOf.get(key)?.[0]
  }
}

/** P9: 1 to head without gaps, in every reading; P4: all readings are the same. */
function checkReading({ by, entries, head, faults }: Reading, log: Log, findings: Findings): void {
  for (const fault of faults) findings.add('P9', 'lost', () => `${by}: ${fault}`)
  if (head !== entries.length || head !== log.head) {
    findings.add('P9', 'lost', () => `${by} has ${entries.length} entries up to ${head}, ${log.by} up to ${log.head}`)
  }
  for (const [i, { id, data, key }] of entries.entries()) {
    if (id !== i + 1) findings.add('P9', 'outOfOrder', () => `${by}: id ${id} stands where ${i + 1} should`)
    if (log.dataOf.get(id) !== data) findings.add('P4', 'phantom', () => `${by} reads another ${id} than ${log.by}`)
    if (key !== undefined && key !== keyOf(data)) {
      findings.add('P4', 'phantom', () => `${by}: ${id} is stored under ${key}, its text was said as ${keyOf(data)}`)
    }
  }
}

/** P1: what was acknowledged is in the log, at that id; P8: what was not is there once, or never if it was refused. */
function checkSends(history: History, log: Log, findings: Findings): void {
  for (const { key, acks, refused } of history.sends.values()) {
    const stored = log.idsOf.get(key) ?? []
    const ids = [...new Set(acks.filter(({ epoch, id }) => history.isKept(epoch, id)).map(({ id }) => id))]
    if (ids.length && !stored.length) {
      findings.add('P1', 'lost', () => `${key} was acknowledged as ${ids} and is not in the log`)
    } else if (ids.length > 1 || (ids.length && !stored.includes(ids[0] as number))) {
      findings.add('P1', 'outOfOrder', () => `${key} was acknowledged as ${ids} and is in the log as ${stored}`)
    } else if (!acks.length && refused === undefined) {
      findings.add('P8', 'lost', () => `${key} was never answered; the log has it ${stored.length} times`)
    } else if (refused !== undefined && stored.length) {
      findings.add('P8', 'phantom', () => `${key} was refused (${refused}) and is in the log as ${stored}`)
    }
  }
}

/** P2: each key at most once in the log; P5: nothing there that nobody said. */
function checkLog({ sends }: History, log: Log, findings: Findings): void {
  for (const [key, ids] of log.idsOf) {
    if (ids.length > 1) findings.add('P2', 'doubled', () => `${key} is in the log as ${ids}`)
    if (!sends.has(key)) findings.add('P5', 'phantom', () => `${key} in the log was never said`)
  }
}

/** P4: one id, one text, everywhere; P5: nothing displayed that is not in the log. */
function checkShown(history: History, log: Log, findings: Findings): void {
  for (const { id, data, epoch } of history.shown) {
    if (!history.isKept(epoch, id)) continue
    const stored = log.dataOf.get(id)
    if (stored === undefined)
      findings.add('P5', 'phantom', () => `${keyOf(data)} was shown as ${id}, which is not there`)
    else if (stored !== data) {
      findings.add('P4', 'phantom', () => `${id} was shown as ${keyOf(data)} and is in the log as ${keyOf(stored)}`)
    }
  }
}

/** P4: in a log that has lost what came after an id, too, those ids meant one thing to everybody. */
function checkLostLogs(history: History, findings: Findings): void {
  const meanings = new Map<string, string>()
  const mean = (epoch: string, id: number, data: string, how: string) => {
    const name = `${epoch} ${id}`
    const known = meanings.get(name) ?? data
    meanings.set(name, known)
    if (known === data) return
    findings.add('P4', 'phantom', () => `${id} was ${how} ${keyOf(data)} and was ${keyOf(known)} in the same epoch`)
  }
  for (const { id, data, epoch } of history.shown) if (!history.isKept(epoch, id)) mean(epoch, id, data, 'shown as')
  for (const { send, ack } of history.lostAcks) mean(ack.epoch, ack.id, send.data, 'the acknowledged')
}

/** P3: contiguous and increasing, to the end; P2: no id twice. */
function checkDisplay(display: Display, { shown, epoch }: History, log: Log, findings: Findings): void {
  const { client, entries, restarts } = display
  const starts = new Set(restarts)
  let last = 0
  for (let i = 0; i < entries.length; i++) {
    const id = shown[entries[i] as number]?.id ?? 0
    const isFirst = i === 0 || starts.has(i)
    if (!isFirst && id !== last + 1) {
      const before = last
      if (id === before) findings.add('P2', 'doubled', () => `client ${client} shows ${id} twice`)
      else findings.add('P3', 'outOfOrder', () => `client ${client} shows ${id} after ${before}`)
    }
    last = id
  }
  if (display.isLevelInTheEnd && last !== log.head) {
    findings.add('P3', 'lost', () => `client ${client} ends at ${last}, the log at ${log.head}`)
  }
  const end = shown[entries.at(-1) ?? -1]
  if (display.isLevelInTheEnd && end && end.epoch !== epoch)
    findings.add('P3', 'lost', () => `client ${client} ends in a log that was replaced by another`)
}

/** What the client healed by its own rules, the server still should not have done. */
function checkWire({ wireFaults }: History, allowed: readonly WireFault['type'][], findings: Findings): void {
  for (const { type, client, id, after } of wireFaults) {
    const example = () => `client ${client} got ${id} after ${after} on one line (${type})`
    if (allowed.includes(type)) findings.report.allowed++
    else if (type === 'double') findings.add('P2', 'doubled', example)
    else findings.add('P3', 'outOfOrder', example)
  }
}

/** P6: whatever was said after another message had been acknowledged stands behind it. */
function checkRealTimeOrder(history: History, log: Log, findings: Findings): void {
  const acks: { key: string; step: number }[] = []
  for (const { key, acks: all } of history.sends.values()) {
    const first = all.find(({ epoch, id }) => history.isKept(epoch, id))
    if (first) acks.push({ key, step: first.step })
  }
  acks.sort((a, b) => a.step - b.step)
  let newest = 0
  let next = 0
  // Sends stand in the order in which they were said.
  for (const { key, invoked } of history.sends.values()) {
    for (let ack = acks[next]; ack && ack.step < invoked; ack = acks[++next]) {
      newest = Math.max(newest, log.idOf(ack.key) ?? 0)
    }
    const id = log.idOf(key)
    const before = newest
    if (id !== undefined && id < before) {
      findings.add('P6', 'outOfOrder', () => `${key} is ${id}, though ${before} was acknowledged before it was said`)
    }
  }
}

/** P7: what one client said stands in the order in which it was said, unless the client was told to say it later. */
function checkSendersOrder(sends: Send[], log: Log, findings: Findings): void {
  const newest = new Map<number, number>()
  for (const { client, key, wasPutOff } of sends) {
    const id = log.idOf(key)
    if (id === undefined || wasPutOff) continue
    const before = newest.get(client) ?? 0
    if (id < before)
      findings.add('P7', 'outOfOrder', () => `client ${client} said ${key} later, and it is ${id} < ${before}`)
    else newest.set(client, id)
  }
}
