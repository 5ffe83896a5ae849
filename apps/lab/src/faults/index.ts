export { openRoad, type Road } from './road.ts';
