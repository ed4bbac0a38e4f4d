import type { Route } from '../route.ts';
import type { Asking } from './ask.ts';
import { callRoutes } from './call-routes.ts';
import { deviceRoutes } from './device-routes.ts';
import { settingRoutes } from './setting-routes.ts';
import { userRoutes } from './user-routes.ts';

/** Everything that can be asked for, apart from notifications. */
export function allRoutes(asking: Asking): readonly Route[] {
  return [...userRoutes(asking), ...deviceRoutes(asking), ...callRoutes(asking), ...settingRoutes(asking)];
}
