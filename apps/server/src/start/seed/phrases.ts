import type { Random } from './random.ts';

export type Topic = 'site' | 'books' | 'running' | 'trip' | 'food' | 'plans';

type Phrases = readonly [string, ...string[]];

/** What opens a conversation on a topic. `{…}` is filled from {@link words}. */
const openings: Record<Topic, Phrases> = {
  site: [
    'Morning. {crew} starts on {part} at {time}.',
    'The delivery for {part} comes {day}, about {time}.',
    'I walked along {part} just now. {finding}',
    'Has anybody seen the drawing for {part}? Revision {number}, the one with the red marks.',
    'Measured {part} again: {number} mm off against the plan.',
    'The inspector wants to see {part} {day}.',
    '{crew} asks whether {part} could come {day}.',
    'Weather says {weather} {day}. Do we still pour?',
    'Photos of {part} are in the folder, numbers {number} to {bigNumber}.',
    'We are {number} hours behind on {part}. Not a drama yet.',
    'Who has the key of container {number}?',
    'Budget for {part}: {bigNumber}00 left after this week.',
  ],
  books: [
    'I am on page {bigNumber} and I do not trust the narrator at all.',
    'Next month: something short, please. {number} pages would be lovely.',
    'The chapter about the {thing}! I had to put it down and walk around.',
    'Does anybody have the translation by the other one? Mine calls it a {thing} throughout.',
    'Found a second-hand copy for {number} euros, with somebody’s notes from 1974 in it.',
    'Can we meet {day} at {time} instead? My place, I make tea.',
    'Unpopular opinion: the ending works.',
    'I read the last {number} pages on the train and missed my stop.',
  ],
  running: [
    'Sunday, {time}, at the fountain. {number} km, easy.',
    '{weather} on Sunday. Who is in anyway?',
    'My knee says {number} km at most this week.',
    'New loop: along the river, over the old bridge, {number} km flat.',
    'Intervals {day}? {number} × 800, then coffee.',
    'I signed up for the half in spring. No way back.',
    'Lost my left glove near the boathouse, if somebody runs past.',
  ],
  trip: [
    'Flights {day} at {time} are down to {bigNumber} euros.',
    'The flat near Bolhão sleeps six and has a terrace. {bigNumber} a night.',
    'I booked a table for {day}, {time}. Long walk home included.',
    'Who brings the good camera?',
    'Train to the Douro valley: {time}, left side of the carriage!',
    'My aunt says we must not eat where the menu has pictures.',
    'Packing list so far: {thing}, {thing}, a raincoat.',
  ],
  food: [
    'Today: {dish}. {time}, downstairs.',
    'Who is in for {dish}? I order at {time}.',
    'There are {number} portions of {dish} left in the fridge.',
    'Somebody ate my {dish}. I am not angry, just hungry.',
    'New place at the corner: {dish}, {number} euros, honest portions.',
    'I made too much {dish} again. Kitchen, first come.',
    'The coffee machine wants descaling. It has wanted it for weeks.',
  ],
  plans: [
    'Are you free {day} around {time}?',
    'I have two tickets, {day} at {time}. Interested?',
    'The {thing} arrived! Smaller than in the picture.',
    'Could you look over my text? I need it {day}. {number} pages.',
    'I will be in your part of town {day}.',
    'Do you still have my {thing}?',
    'Long day. {number} meetings and one useful sentence.',
  ],
};

/** What comes back: fits almost anything. */
const answers: Phrases = [
  'Yes.',
  'Yes, works for me.',
  'Good, thank you!',
  'Thanks 🙏',
  '👍',
  'On it.',
  'Give me ten minutes.',
  'I can do that {day}.',
  'Not before {time}, sorry.',
  'Hm, let me check and come back to you.',
  'Are you sure? I had {number} in my notes.',
  'Who told you that?',
  'Ha 😄',
  'Exactly what I thought.',
  'I would rather do it {day}, honestly.',
  'Same here.',
  'Already done, see above.',
  'Can you send me the details?',
  'Sorry, only read this now.',
  'Let us talk about it {day}, {time}?',
  'Fine by me, as long as somebody tells the others.',
  'No objections.',
  'Then {day} it is.',
  'That is a lot. Is it worth it?',
  'Perfect.',
  'I was just about to ask the same.',
  'Okay, but last time we said the same and it took {number} days.',
  'Could be. I will ask around.',
  'Wonderful news! 🎉',
  'Please write that down somewhere we can find it again.',
];

/** Said by the same person right after. */
const afterthoughts: Phrases = [
  'And one more thing: {time} is better than later.',
  'Forgot to say: bring the {thing}.',
  '(no hurry)',
  'Never mind, found it.',
  'Correction: {day}, not today.',
  'https://example.org/notes/{bigNumber}',
  'Long version: we have tried this twice, once in the rain and once without me, and both times it was the {thing} that gave us trouble. If we begin there instead, the rest is an afternoon.',
  'In short:\n– {day}: the {thing}\n– then the rest\n– whatever is left, {time}',
];

const words: Record<string, Phrases> = {
  crew: ['the night crew', 'the crane team', 'the diver', 'the surveyor', 'Goran’s team', 'the concrete people'],
  part: [
    'the north quay',
    'pier two',
    'the sluice',
    'the old crane rail',
    'the pump house',
    'the boathouse roof',
    'the south stairs',
    'the drainage',
  ],
  finding: [
    'Looks better than I feared.',
    'There is water where no water should be.',
    'Two bolts are missing.',
    'The crack has not moved.',
    'All dry.',
  ],
  time: ['7:30', '8:15', '9:00', '10:45', '12:10', '13:30', '16:00', '18:20', '19:00', '20:30'],
  day: ['tomorrow', 'on Monday', 'on Tuesday', 'on Wednesday', 'on Thursday', 'on Friday', 'next week', 'at the weekend'],
  weather: ['Rain', 'Wind from the west', 'Frost', 'Fog', 'Thirty degrees', 'Sun'],
  thing: ['lighthouse', 'ladder', 'umbrella', 'map', 'teapot', 'bicycle', 'lantern', 'suitcase', 'blue notebook', 'charger'],
  dish: ['lentil soup', 'bacalhau', 'dumplings', 'mushroom risotto', 'shakshuka', 'fish stew', 'pierogi', 'ramen', 'leek tart'],
};

/** One message's text. The turn says whether it opens a subject, answers, or follows the speaker's own last words. */
export function phrase(random: Random, topic: Topic, turn: 'opening' | 'answer' | 'afterthought'): string {
  const bank = { opening: openings[topic], answer: answers, afterthought: afterthoughts }[turn];
  const text = random.pick(bank).replace(/\{(\w+)\}/g, (_whole, name: string) => {
    if (name === 'number') return String(random.between(2, 48));
    if (name === 'bigNumber') return String(random.between(49, 480));
    const choices = words[name];
    return choices === undefined ? name : random.pick(choices);
  });
  return text.startsWith('http') ? text : text.charAt(0).toUpperCase() + text.slice(1);
}
