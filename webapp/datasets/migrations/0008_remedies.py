from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('datasets', '0007_sheet_names'),
    ]

    operations = [
        migrations.AddField(
            model_name='datasetversion',
            name='finding_rows',
            field=models.JSONField(blank=True, default=dict),
        ),
        migrations.AddField(
            model_name='correction',
            name='question',
            field=models.TextField(blank=True),
        ),
        migrations.AddField(
            model_name='correction',
            name='finding',
            field=models.CharField(blank=True, max_length=40),
        ),
        migrations.AlterField(
            model_name='correction',
            name='kind',
            field=models.CharField(choices=[('drop', 'Row dropped'), ('edit', 'Cell changed'), ('add', 'Match added'), ('new', 'Row added')], max_length=10),
        ),
    ]
