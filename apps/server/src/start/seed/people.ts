/** The password of every seeded person. */
export const seedPassword = 'nexo-demo-1';

export const people = [
  { id: 'alice', name: 'Alice Moreau', bio: 'Architect. Draws on napkins.' },
  { id: 'bob', name: 'Bob Lindqvist', bio: 'Site manager, early riser.' },
  { id: 'carla', name: 'Carla Benedetti', bio: 'Structural engineer' },
  { id: 'deniz', name: 'Deniz Aydın', bio: 'Cyclist first, accountant second' },
  { id: 'emeka', name: 'Emeka Okafor', bio: 'Talk to me about bridges' },
  { id: 'farah', name: 'Farah Haddad', bio: 'Reads on trains' },
  { id: 'goran', name: 'Goran Petrović', bio: 'Carpenter' },
  { id: 'hana', name: 'Hana Nováková', bio: 'Landscape and water' },
  { id: 'ivan', name: 'Иван Соколов', bio: 'Электрик' },
  { id: 'jun', name: '田中 純', bio: '写真と山' },
  { id: 'kateryna', name: 'Катерина Шевченко', bio: 'Museum people' },
  { id: 'liam', name: 'Liam O’Connor', bio: 'Sails when it blows' },
  { id: 'mei', name: '陈 美', bio: 'Tea, mostly' },
  { id: 'noor', name: 'Noor van Dijk', bio: 'City council, but the nice part' },
  { id: 'olga', name: 'Olga Kowalska', bio: 'Marathon 3:41' },
  { id: 'pablo', name: 'Pablo Fuentes', bio: 'Cooks for everyone' },
  { id: 'quinn', name: 'Quinn Abara', bio: 'They/them. On call this week.' },
  { id: 'rosa', name: 'Rosa Almeida', bio: 'From Porto with opinions' },
  { id: 'sven', name: 'Sven Haugen', bio: 'Concrete' },
  { id: 'tomas', name: 'Tomás Silva', bio: 'New here' },
] as const;

export type PersonId = (typeof people)[number]['id'];
