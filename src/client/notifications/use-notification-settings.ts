import type { ShallowRef } from 'vue'
import type { Commands } from '../../shared/protocol/commands.ts'
import type { NotificationsFrame } from '../../shared/protocol/frames.ts'
import { useChat } from '../app/use-chat.ts'
import { type Request, useRequest } from '../ui/use-request.ts'

type Changes = Omit<Commands['set-notifications'], 'type' | 'key'>

export interface SettingsRequest extends Request {
  settings: ShallowRef<NotificationsFrame | undefined>
  /** @returns what holds now; undefined when it was refused */
  save(changes: Changes): Promise<NotificationsFrame | undefined>
}

/** A part of the user's notification settings, with its own fault. */
export function useNotificationSettings(): SettingsRequest {
  const chat = useChat()
  const request = useRequest()
  return {
    ...request,
    settings: chat.notifications,
    save: (changes) => request.attempt(() => chat.ask({ type: 'set-notifications', ...changes })),
  }
}
