/** Whether this browser may show notifications; it is asked only when somebody wants them. */

export type Permission = 'granted' | 'not-asked' | 'refused' | 'insecure' | 'unknown'

/** The part of a browser's window that it takes. */
export interface Asked {
  isSecureContext: boolean
  Notification?: Pick<typeof Notification, 'permission' | 'requestPermission'>
}

export function permissionOf({ isSecureContext, Notification }: Asked): Permission {
  if (!isSecureContext) return 'insecure'
  if (!Notification) return 'unknown'
  return meaning(Notification.permission)
}

export async function askPermission(asked: Asked): Promise<Permission> {
  const permission = permissionOf(asked)
  if (permission !== 'not-asked' || !asked.Notification) return permission
  return meaning(await asked.Notification.requestPermission())
}

function meaning(permission: NotificationPermission): Permission {
  switch (permission) {
    case 'granted':
      return 'granted'
    case 'denied':
      return 'refused'
    case 'default':
      return 'not-asked'
    default:
      return permission satisfies never
  }
}
