/** Browsers that can prove a guest's name again after signing out. An account has a password instead. */
import { one, type Rule, run } from '../transaction.ts'

const maxDevicesOfUser = 20
const maxUsersOfDevice = 20

export function* isKnownDevice(userId: number, deviceHash: Uint8Array): Rule<boolean> {
  const sql = 'select 1 from known_devices where user_id = ? and secret_hash = ?'
  return (yield* one(sql, userId, deviceHash)) !== undefined
}

/** Beyond 20 browsers of a guest, or 20 guests of a browser, those that were seen longest ago are forgotten. */
export function* rememberDevice(userId: number, deviceHash: Uint8Array, at: number): Rule<void> {
  yield* run(
    `insert into known_devices (user_id, secret_hash, seen_at) values (?, ?, ?)
    on conflict (user_id, secret_hash) do update set seen_at = excluded.seen_at`,
    userId,
    deviceHash,
    at,
  )
  yield* run(
    `delete from known_devices where user_id = ? and secret_hash not in (
      select secret_hash from known_devices where user_id = ? order by seen_at desc, secret_hash limit ?)`,
    userId,
    userId,
    maxDevicesOfUser,
  )
  yield* run(
    `delete from known_devices where secret_hash = ? and user_id not in (
      select user_id from known_devices where secret_hash = ? order by seen_at desc, user_id limit ?)`,
    deviceHash,
    deviceHash,
    maxUsersOfDevice,
  )
}

export function* forgetDevicesBefore(seenAt: number): Rule<void> {
  yield* run('delete from known_devices where seen_at < ?', seenAt)
}

/** Forgets every guest whose name the browser can prove. */
export function* forgetDevice(deviceHash: Uint8Array): Rule<void> {
  yield* run('delete from known_devices where secret_hash = ?', deviceHash)
}

/** Forgets every browser that can prove the name of the user. */
export function* forgetDevicesOf(userId: number): Rule<void> {
  yield* run('delete from known_devices where user_id = ?', userId)
}
