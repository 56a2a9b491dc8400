/**
 * What the users of all nodes use of limits. Of connections each node says how many its own users and networks have; what is known of
 * others is the sum of what they say, so that a node which is silent is forgotten with all that it has counted. What was taken of rates
 * is told once: a bucket fills up again by itself.
 */
import { randomUUID } from 'node:crypto'
import type { Share, Spent, Tell } from './share.ts'

/** How often each node says how many changes it has told of, and after which silence it is forgotten. */
const beatMs = 2_000
const silenceMs = 8_000
/** What changes within that time is told together. */
const tellMs = 10

type Count = [owner: string, connections: number]

/** What a node says. `node`: its name, which is new at each start. `version`: how many changes it has told of. */
export interface NodeCounts {
  node: string
  version: number
  news:
    | { type: 'beat' }
    | { type: 'change'; by: Count[] }
    | { type: 'all'; counts: Count[] }
    | { type: 'spent'; spent: Spent[] }
    /** To the node of that name, or to all of them, which answer with `all`. */
    | { type: 'wanted'; of: string | null }
    | { type: 'gone' }
}

interface Needs {
  backplane: {
    publish(publication: { type: 'counts'; counts: NodeCounts }): void
    subscribe(listener: (publication: { type: string }) => void): void
  }
  /** Whether this node hears nothing of others at the moment. */
  isDeaf(): boolean
}

/** Another node. */
interface Other {
  version: number
  heardAt: number
  counts: Map<string, number>
}

export class SharedCounts implements Share {
  readonly #node = randomUUID()
  readonly #needs: Needs
  readonly #others = new Map<string, Other>()
  readonly #own = new Map<string, number>()
  readonly #limits = new Map<string, Tell>()
  /** What is told next. */
  #changes = new Map<string, number>()
  #spent = new Map<string, Spent>()
  #isWaiting = false
  #wasDeaf = false
  #isClosed = false
  #version = 0
  readonly #timer: NodeJS.Timeout

  constructor(needs: Needs) {
    this.#needs = needs
    needs.backplane.subscribe((publication) => {
      if (publication.type === 'counts') this.hear((publication as { type: 'counts'; counts: NodeCounts }).counts)
    })
    this.#timer = setInterval(() => this.beat(), beatMs).unref()
    this.#say({ type: 'wanted', of: null })
  }

  /** How many nodes there are, or were when this one last heard of others. */
  get #nodes(): number {
    return this.#others.size + 1
  }

  get cost(): number {
    return this.#needs.isDeaf() ? this.#nodes : 1
  }

  register(limit: string, hear: Tell): Tell {
    this.#limits.set(limit, hear)
    return (key, tokens) => {
      const name = `${limit} ${key}`
      const before = this.#spent.get(name)?.[2] ?? 0
      this.#spent.set(name, [limit, key, before + tokens])
      this.#tellSoon()
    }
  }

  mayConnect(owner: string, here: number, max: number): boolean {
    if (this.#needs.isDeaf()) return here < this.partOf(max)
    return here + this.#elsewhere(owner) < max
  }

  partOf(max: number): number {
    return Math.max(1, Math.floor(max / this.#nodes))
  }

  connected(owner: string, by: 1 | -1): void {
    const count = (this.#own.get(owner) ?? 0) + by
    if (count) this.#own.set(owner, count)
    else this.#own.delete(owner)
    this.#changes.set(owner, (this.#changes.get(owner) ?? 0) + by)
    this.#tellSoon()
  }

  hear({ node, version, news }: NodeCounts, now = performance.now()): void {
    if (node === this.#node) return
    const known = this.#others.get(node)
    if (known) known.heardAt = now
    switch (news.type) {
      case 'wanted':
        if (news.of === null || news.of === this.#node) this.#sayAll()
        return this.#askUnless(known !== undefined, node)
      case 'gone':
        this.#others.delete(node)
        return
      case 'spent':
        for (const [limit, key, tokens] of news.spent) this.#limits.get(limit)?.(key, tokens)
        return
      case 'all':
        if (!known || version >= known.version)
          this.#others.set(node, { version, heardAt: now, counts: new Map(news.counts) })
        return
      case 'change':
        if (known && version === known.version + 1) return change(known, version, news.by)
        return this.#askUnless(known !== undefined && version <= known.version, node)
      case 'beat':
        return this.#askUnless(known?.version === version, node)
      default:
        news satisfies never
    }
  }

  /** Tells that this node is there, and forgets those of which that is not known. While it hears nothing, it forgets nobody. */
  beat(now = performance.now()): void {
    const isDeaf = this.#needs.isDeaf()
    for (const [node, other] of this.#others) {
      if (this.#wasDeaf && !isDeaf) other.heardAt = now
      if (!isDeaf && now - other.heardAt > silenceMs) this.#others.delete(node)
    }
    this.#wasDeaf = isDeaf
    this.#say({ type: 'beat' })
  }

  close(): void {
    clearInterval(this.#timer)
    this.#tell()
    this.#say({ type: 'gone' })
    // Others would count it again with whatever they heard of it afterwards.
    this.#isClosed = true
  }

  #elsewhere(owner: string): number {
    let sum = 0
    for (const { counts } of this.#others.values()) sum += counts.get(owner) ?? 0
    return sum
  }

  #tellSoon(): void {
    if (this.#isWaiting) return
    this.#isWaiting = true
    setTimeout(() => this.#tell(), tellMs)
  }

  #tell(): void {
    this.#isWaiting = false
    const by = [...this.#changes].filter(([, count]) => count !== 0)
    const spent = [...this.#spent.values()].filter(([, , tokens]) => tokens !== 0)
    this.#changes = new Map()
    this.#spent = new Map()
    if (by.length) {
      this.#version++
      this.#say({ type: 'change', by })
    }
    if (spent.length) this.#say({ type: 'spent', spent })
  }

  #sayAll(): void {
    // What is not told yet is in it.
    this.#changes = new Map()
    this.#version++
    this.#say({ type: 'all', counts: [...this.#own] })
  }

  #askUnless(isKnown: boolean, node: string): void {
    if (!isKnown) this.#say({ type: 'wanted', of: node })
  }

  #say(news: NodeCounts['news']): void {
    if (this.#isClosed) return
    this.#needs.backplane.publish({ type: 'counts', counts: { node: this.#node, version: this.#version, news } })
  }
}

function change(other: Other, version: number, by: readonly Count[]): void {
  other.version = version
  for (const [owner, count] of by) {
    const now = (other.counts.get(owner) ?? 0) + count
    if (now > 0) other.counts.set(owner, now)
    else other.counts.delete(owner)
  }
}
