/** When the server ran last, and for how long with a clock that is in doubt. */
export interface ClockNote {
  at: number
  doubtMs: number
}
