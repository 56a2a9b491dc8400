/** The parts of the browser that a connection uses. Tests replace them. */
import type { Clock } from './clock.ts'

export interface Environment {
  openSocket(events: SocketEvents): Transport
  clock: Clock
  /** From 0 up to, not including, 1. */
  random(): number
  /** Whether nobody can see the page. */
  isHidden(): boolean
  /** Where `visibilitychange`, `pageshow`, `pagehide`, `online` and `offline` are heard: the window. */
  events: EventTarget
}

export interface Transport {
  send(text: string): void
  /** Closes it as soon as possible. It calls no event from now on. */
  drop(): void
}

export interface SocketEvents {
  opened(): void
  received(data: unknown): void
  closed(code: number, reason?: string): void
}
