"""Training side: synthetic pictures, data, students, teachers, losses and the trainer. Paddle lives here."""
