export interface CloseReason {
  code: number
  reason: string
}
