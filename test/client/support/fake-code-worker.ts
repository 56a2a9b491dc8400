import { answer, type HighlightRequest, type Reply } from '../../../src/client/code-highlighting/highlight.ts'

/** Does in this thread what `highlight-worker.ts` does in its own. */
export class FakeCodeWorker {
  onmessage: ((event: { data: Reply }) => void) | null = null
  onerror: (() => void) | null = null
  isTerminated = false

  postMessage(question: HighlightRequest): void {
    void answer(question, (data) => this.onmessage?.({ data }))
  }

  terminate(): void {
    this.isTerminated = true
  }
}
