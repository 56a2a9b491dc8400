import { dayMs, hourMs, minuteMs } from '../shared/durations.ts'
import type { Backplane } from './backplane/backplane.ts'
import type { Publication } from './chat/publication.ts'
import type { Clock } from './clock.ts'
import type { SharedWork } from './cluster/leadership.ts'
import { RepeatedTask } from './cluster/repeated-task.ts'
import type { Services } from './commands/contract.ts'
import { continueUnfinished } from './commands/publish-effects.ts'
import { TextIndexer } from './files/texts/text-indexer.ts'
import type { AppContext } from './http/app-context.ts'
import { indexOlder } from './index-older.ts'
import type { Messenger } from './notify/messenger.ts'
import { Notifier } from './notify/notifier.ts'
import { WebhookHosts } from './outgoing/addresses.ts'
import { OutgoingWebhooks } from './outgoing/outgoing-webhooks.ts'
import { createPost } from './outgoing/post.ts'
import { Replies } from './outgoing/replies.ts'

/** How long what moderators deleted can be restored. */
const undoableMs = 30 * dayMs
/** No node is paused for that long and then goes on. */
const loggedMs = 7 * dayMs

interface SharedNeeds {
  backplane: Backplane<Publication>
  messenger: Messenger
  clock: Pick<Clock, 'isInDoubt'>
  files: { cleanShared(now: number, stopping: AbortSignal): Promise<void> }
}

interface Part {
  start?(): Promise<void>
  hear?(publication: Publication): void
  /** Resolves when nothing of it goes on any more, but for the removal of one file. */
  close(): Promise<void>
}

/**
 * What one node does for all: it sends webhooks and notifications, indexes older messages and the texts of files, removes what has
 * expired, and carries out to its end what a node had begun that went away.
 */
export function createSharedWork(context: AppContext, services: Services, needs: SharedNeeds): SharedWork {
  const post = createPost(new WebhookHosts(context.config.webhookHosts))
  let parts: Part[] = []
  needs.backplane.subscribe((publication) => {
    for (const part of parts) part.hear?.(publication)
  })
  const failed = (err: unknown) => context.log.event('task-failed', { reason: 'lead', err })
  return {
    async start() {
      const { store, chat, log, settings, files, auth } = context
      parts = [
        new OutgoingWebhooks({ store, post, log, replies: new Replies({ chat, store, log }) }),
        new Notifier({
          store,
          messenger: needs.messenger,
          log,
          canGuestsView: () => settings.now.guests,
          sessionExpiry: (now) => auth.sessions.expiry(now),
        }),
        new TextIndexer({ store, bytes: files.bytes, log }),
        ...createTasks(context, services, needs),
      ]
      // One that cannot begin does not keep the others from it.
      await Promise.all(parts.map((part) => part.start?.().catch(failed)))
    },
    async stop() {
      const ending = parts
      parts = []
      await Promise.all(ending.map((part) => part.close()))
    },
  }
}

function createTasks(context: AppContext, services: Services, { clock, files }: SharedNeeds): Part[] {
  const { store, log } = context
  const task = (reason: string, everyMs: number, work: (stopping: AbortSignal) => Promise<void>) =>
    new RepeatedTask(everyMs, work, (err) => log.event('task-failed', { reason, err }))
  const removing = task('remove-old', dayMs, () => removeExpired(context, services, clock))
  const cleaning = task('clean-shared-files', hourMs, async (stopping) => {
    if (!clock.isInDoubt) await files.cleanShared(Date.now(), stopping)
  })
  return [
    {
      // A server that starts has removed what has expired before anybody connects. Then it removes the files of that.
      async start() {
        await removing.start()
        void cleaning.start()
      },
      async close() {
        // At its end it may wait for a file that somebody sends. It removes that one at most, so nothing waits for it.
        void cleaning.close()
        await removing.close()
      },
    },
    // What a node that did not lead has left when it went away. Users who connect meanwhile see it happen.
    inBackground(task('continue-moderation', minuteMs, (stopping) => continueUnfinished(services, stopping))),
    inBackground(task('index-older', minuteMs, (stopping) => indexOlder(store, stopping))),
  ]
}

/** Nothing waits for it. */
function inBackground(task: RepeatedTask): Part {
  return { start: async () => void task.start(), close: () => task.close() }
}

async function removeExpired(
  { store, auth }: Pick<AppContext, 'store' | 'auth'>,
  { hub }: Pick<Services, 'hub'>,
  clock: SharedNeeds['clock'],
): Promise<void> {
  if (clock.isInDoubt) return
  for (const ended of await auth.sessions.dropExpired()) hub.publish({ type: 'session-ended', ...ended, isOver: true })
  const now = Date.now()
  await store.moderation.removeExpired(now, now - undoableMs)
  await store.serverLog.forgetBefore(now - loggedMs)
}
