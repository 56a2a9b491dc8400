/** Asks what the user wants to be told: on each connection, and again when they come back to the page, for they may have changed it elsewhere. */
import { watch } from 'vue'
import type { Clock } from '../../../clients/js/src/clock.ts'
import { CommandError } from '../../../clients/js/src/pending-commands.ts'
import { minuteMs, secondMs } from '../../shared/durations.ts'
import type { LanguageCode } from '../../shared/language.ts'
import type { Chat } from '../app/chat.ts'
import { PushServiceError, renew } from './push.ts'

/** After a restart of the server not all pages ask at once. */
const spreadMs = 10 * secondMs
const agedMs = minuteMs

export function followSettings(chat: Chat, clock: Clock, language: LanguageCode): void {
  if (!chat.isVerified) return
  let isFirst = true
  let askedAt = 0
  const isOpen = () => chat.connection.value.state === 'open'
  const ask = async () => {
    askedAt = clock.now()
    try {
      const settings = await chat.ask({ type: 'notifications' })
      await renew(chat, settings, language)
    } catch (error) {
      // The next connection asks again.
      if (!(error instanceof CommandError || error instanceof PushServiceError)) throw error
    }
  }
  watch(
    isOpen,
    (isOpenNow) => {
      if (!isOpenNow) return
      if (isFirst) void ask()
      else clock.after(Math.random() * spreadMs, () => void ask())
      isFirst = false
    },
    { immediate: true },
  )
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden && isOpen() && clock.now() - askedAt > agedMs) void ask()
  })
}
