/** Downloads that take long end when their reader loses access. */
import type { Socket } from 'node:net'
import type { Readable } from 'node:stream'

interface Download {
  socket: Socket
  content: Readable
  mayHave: () => Promise<boolean>
}

const askEveryMs = 1_000
/** Of all downloads together: each costs a look into the database. With more of them each is asked for less often. */
export const maxAsksASecond = 50

/** The one that was asked for last stands last. */
const downloads = new Set<Download>()
let timer: ReturnType<typeof setInterval> | undefined

/** Ends an answer, with its connection, once its reader may no longer have it. */
export function endUnless(socket: Socket, content: Readable, mayHave: () => Promise<boolean>): void {
  if (content.closed) return
  const download = { socket, content, mayHave }
  downloads.add(download)
  content.once('close', () => {
    downloads.delete(download)
    if (downloads.size > 0) return
    clearInterval(timer)
    timer = undefined
  })
  timer ??= setInterval(askForSome, askEveryMs).unref()
}

let isAsking = false

async function askForSome(): Promise<void> {
  if (isAsking) return
  isAsking = true
  for (const download of [...downloads].slice(0, maxAsksASecond)) {
    const { socket, content, mayHave } = download
    if (!downloads.delete(download)) continue
    downloads.add(download)
    // A store that cannot answer is asked again. What has ended meanwhile may have left its connection to another answer.
    if (!(await mayHave().catch(() => true)) && !content.closed) socket.destroy()
  }
  isAsking = false
}
