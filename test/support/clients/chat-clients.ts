/** Users without a page, for rooms that need more users. */

import type { TestServer } from '../server/server.ts'
import type { ChatClient } from './client.ts'

/** Signs in and opens the rooms. */
export async function join(server: TestServer, name: string, ...rooms: string[]): Promise<ChatClient> {
  const chat = await (await server.signIn(name)).connect()
  for (const room of rooms.length ? rooms : ['lobby']) await chat.open(room)
  return chat
}

/** `message 1`, `message 2` … up to the number; the server must have no rate limits. */
export async function sayMany(chat: ChatClient, room: string, count: number, more = ''): Promise<void> {
  for (let i = 1; i <= count; i++) chat.send({ type: 'chat', room, key: `many ${i}`, data: `message ${i}${more}` })
  await chat.nextWhere(({ type, key }) => type === 'sent' && key === `many ${count}`, 'the last of many')
}
