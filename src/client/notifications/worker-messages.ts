/** What the service worker asks of an open page, when something was pushed and when a notification was clicked. */

export interface WorkerMessages {
  user: number
  isShown(room: string): boolean
  go(room: string, id: number): void
}

export type FromWorker =
  /** Whether the user sees that room: then nothing has to be shown. */
  | { type: 'shows'; room: string; to: number }
  /** To show a message. Without one the page only has to be there. */
  | { type: 'open'; room?: string; id?: number }

export function answerWorker(worker: EventTarget | undefined, { user, isShown, go }: WorkerMessages): void {
  worker?.addEventListener('message', (event) => {
    const { data, ports } = event as MessageEvent<FromWorker>
    if (data.type === 'shows') return ports[0]?.postMessage(data.to === user && isShown(data.room))
    ports[0]?.postMessage(true)
    if (data.room !== undefined && data.id !== undefined) go(data.room, data.id)
  })
}
